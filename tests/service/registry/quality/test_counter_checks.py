"""Counter-checks find what was planted and no near miss; a finding is a duty until it is mended or answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest
import roster_case
from quality_world import KINDS, TODAY, Home, World, home, income, monitor, person
from registry_world import OTHER_TOWN, household_id
from sqlalchemy import text

from registry.quality import rules, service
from servicekit.db import Database
from servicekit.ids import new_id

Headers = dict[str, str]
NUMBERS = count(7_000_000)
POOR = [income(wage="5000.00", transfer="0.00", business="0.00", business_cost="0.00")]  # above what quality asks about
LIMIT, LOOKS_BACK = 15, 90


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def months_ago(months: int) -> date:
    place = TODAY.year * 12 + TODAY.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


class Planted(World):
    """The registry with what time and other services bring."""

    async def made(self, *, risks: Sequence[str] = (), helped: Sequence[Any] = (), **said: Any) -> str:
        """Register a household; give its id."""
        number = next(NUMBERS)
        members = said.pop("members", None) or [person(number)]
        watched = {"monitor": monitor(*risks)} if risks else {}
        one: Home = home(number, *members, helped=list(helped), **watched, **said)
        await self.register([one])
        return await household_id(self.client, one["hh_no"], self.headers)

    async def do(self, statement: str, household: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement), {"id": household, **values})

    async def checks(self, household: str) -> set[str]:
        """Look at a household; give the counter-checks that have found something."""
        async with self.database.transaction() as session:
            await service.look(session, [household])
        shown = (await self.client.get(f"/v1/households/{household}/quality", headers=self.headers)).json()["items"]
        return {each["rule"] for each in shown if each["level"] == "check" and each["state"] == "open"}

    async def known_since(self, household: str, days: int) -> None:
        at = "now() - make_interval(days => :days)"
        of_home = "household_id = CAST(:id AS uuid)"
        await self.do(f"UPDATE income SET recorded_at = {at} WHERE {of_home}", household, days=days)
        await self.do(f"UPDATE guarantee_status SET recorded_at = {at} WHERE {of_home}", household, days=days)

    async def unsafe(self, household: str, kind: str) -> None:
        await self.do(
            "UPDATE guarantee_status SET is_safe = false WHERE household_id = CAST(:id AS uuid) AND kind = :kind",
            household,
            kind=kind,
        )

    async def claims(self, household: str, kind: str, *, is_safe: bool, checked_on: date) -> None:
        await self.do(
            "INSERT INTO guarantee_claim (household_id, source, version, kind, department, is_safe, checked_on, detail,"
            " recorded_at) VALUES (CAST(:id AS uuid), 'DS-TEST', 1, :kind, 'HOU', :safe, :day, '{}', now())",
            household,
            kind=kind,
            safe=is_safe,
            day=checked_on,
        )

    async def clue(self, household: str, state: str, *, found: int, decided: int | None = None) -> None:
        await self.do(
            "INSERT INTO clue (clue_id, household_id, risk_type, found_at, state, version, decided_on)"
            " VALUES (:clue, :id, '01', now() - make_interval(days => :found), :state, 1, :decided)",
            household,
            clue=new_id(),
            found=found,
            state=state,
            decided=None if decided is None else ago(decided),
        )

    async def visit(self, household: str, staff: str, days: int, *risks: str) -> None:
        await self.do(
            "INSERT INTO contact (id, household_id, staff_id, companions, happened_on, way, outcome, risk_types,"
            " attachments, recorded_at, recorded_by) VALUES (:contact, CAST(:id AS uuid), CAST(:staff AS uuid), '{}',"
            " :day, 'visit', 'met', :risks, '{}', now(), 'test')",
            household,
            contact=UUID(new_id()),
            staff=staff,
            day=ago(days),
            risks=list(risks),
        )

    async def on_relief(self, household: str, days: int) -> None:
        await self.do(
            "INSERT INTO household_label (household_id, label, since_on) VALUES (CAST(:id AS uuid), 'dibao', :day)",
            household,
            day=ago(days),
        )

    async def eliminated(self, household: str, mode: str, *, months: int) -> None:
        ended = months_ago(0)
        await self.do(
            "UPDATE episode SET state = 'ELIMINATED', is_active = false, identified_on = :began, eliminated_on = :ended"
            " WHERE household_id = CAST(:id AS uuid)",
            household,
            began=months_ago(months),
            ended=ended,
        )
        await self.do(
            "INSERT INTO episode_step (episode_id, sequence, state, previous_state, occurred_on, actors, record,"
            " client_id, recorded_at) SELECT e.id, 90, 'ELIM_PROPOSED', 'ASSISTING', :ended, '{}',"
            " jsonb_build_object('mode', CAST(:mode AS text)), 'test', now() FROM episode e"
            " WHERE e.household_id = CAST(:id AS uuid)",
            household,
            ended=ended,
            mode=mode,
        )
        await self.do("UPDATE household SET is_monitored = false WHERE id = CAST(:id AS uuid)", household)

    async def duties(self, household: str) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            found = await session.execute(
                text(
                    "SELECT o.type, o.data FROM outbox o WHERE o.topic = 'registry.duty.v1'"
                    " AND o.data ->> 'household_id' = :id AND o.data ->> 'kind' = 'V01' ORDER BY o.id"
                ),
                {"id": household},
            )
            return [{"type": row.type, **row.data} for row in found]


@pytest.fixture
def planted(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> Planted:
    return Planted(client, county, registry_database)


def test_every_counter_check_is_tested_here() -> None:
    assert set(rules.load().codes("check")) == {"CK-01", "CK-02", "CK-03", "CK-04", "CK-05", "CK-06"}


@pytest.mark.parametrize(("days", "is_found"), [(LIMIT, False), (LIMIT + 1, True)])
async def test_who_is_below_the_line_and_neither_monitored_nor_refused_is_found(
    planted: Planted, days: int, *, is_found: bool
) -> None:
    """F-A25, F-A03: CK-01, once the days of an identification have passed."""
    poor = await planted.made(incomes=POOR)
    await planted.known_since(poor, days)
    assert await planted.checks(poor) == ({"CK-01"} if is_found else set())


async def test_unsafe_housing_without_a_decision_is_found_whoever_told_last(planted: Planted) -> None:
    home_id = await planted.made()
    await planted.unsafe(home_id, "housing")
    await planted.known_since(home_id, LIMIT + 1)
    assert await planted.checks(home_id) == {"CK-01"}
    await planted.claims(home_id, "housing", is_safe=True, checked_on=TODAY)  # a newer day of the department
    assert await planted.checks(home_id) == set()


@pytest.mark.parametrize(
    ("state", "decided", "is_found"),
    [
        ("excluded", LIMIT, False),  # after it was known
        ("excluded", LIMIT + 20, True),  # before it was known: that decision was about something else
        ("verifying", None, True),  # nobody has decided for too long
    ],
)
async def test_a_written_decision_after_the_facts_ends_it(
    planted: Planted, state: str, decided: int | None, *, is_found: bool
) -> None:
    poor = await planted.made(incomes=POOR)
    await planted.known_since(poor, LIMIT + 1)
    await planted.clue(poor, state, found=40, decided=decided)
    assert await planted.checks(poor) == ({"CK-01"} if is_found else set())


async def test_who_is_monitored_or_in_the_procedure_is_not_left_out(planted: Planted) -> None:
    watched = await planted.made(risks=["05"], incomes=POOR, helped=[("M10", "临时救助", 2022)], members=[
        person(next(NUMBERS), labour="3"),
    ])  # fmt: skip
    await planted.known_since(watched, LIMIT + 1)
    assert await planted.checks(watched) == set()
    await planted.do(
        "UPDATE household SET is_monitored = false WHERE id = CAST(:id AS uuid)", watched
    )  # an episode that is not so far yet
    assert await planted.checks(watched) == set()


async def test_old_incomes_accuse_nobody(planted: Planted) -> None:
    poor = await planted.made(incomes=[{**POOR[0], "year": TODAY.year - 2}])
    await planted.known_since(poor, LIMIT + 1)
    assert await planted.checks(poor) == set()


@pytest.mark.parametrize(("days", "is_found"), [(LOOKS_BACK, True), (LOOKS_BACK + 1, False)])
async def test_relief_without_a_clue_is_help_outside_the_system(planted: Planted, days: int, *, is_found: bool) -> None:
    """F-A25: CK-02."""
    home_id = await planted.made()
    await planted.on_relief(home_id, days)
    assert await planted.checks(home_id) == ({"CK-02"} if is_found else set())
    await planted.clue(home_id, "excluded", found=days, decided=1)
    assert await planted.checks(home_id) == set()


async def test_two_visits_that_saw_a_risk_without_a_clue_are_found_and_one_is_not(
    planted: Planted, headers: Any
) -> None:
    keeper = headers(scopes=["staff:write"])
    staff = await roster_case.person(planted.client, keeper, await roster_case.unit(planted.client, keeper))
    home_id = await planted.made()
    await planted.visit(home_id, staff, 3, "01")
    await planted.visit(home_id, staff, 2)
    assert await planted.checks(home_id) == set()
    await planted.visit(home_id, staff, LOOKS_BACK, "03")
    assert await planted.checks(home_id) == {"CK-02"}


@pytest.mark.parametrize(
    ("members", "helped", "found"),
    [
        ([{}], [("M10", "低保", 2024)], {"CK-03"}),
        ([{}], [("M10", "低保", 2024), ("M02", "务工", 2024)], set()),
        ([{}], [("M10", "低保", 2024), ("M02", "技能培训", 2024)], {"CK-03"}),  # training alone is none
        ([{"labour": "3"}], [("M10", "低保", 2024)], set()),
        ([{}], [], set()),  # nobody has helped yet: other duties tell
        ([{"labour": "3"}], [("M07", "家庭医生", 2024)], {"CK-06"}),  # an accident is not answered by a doctor
    ],
)
async def test_help_that_only_keeps_and_help_that_does_not_fit(
    planted: Planted, members: list[dict[str, Any]], helped: list[Any], found: set[str]
) -> None:
    """F-A25, F-A40: CK-03; CK-06."""
    people = [person(next(NUMBERS), **said) for said in members]
    home_id = await planted.made(risks=["05"], members=people, helped=helped)
    assert await planted.checks(home_id) == found


async def test_who_does_not_want_to_develop_is_not_only_kept(planted: Planted) -> None:
    home_id = await planted.made(risks=["05"], helped=[("M10", "低保", 2024)], is_willing=False)
    assert await planted.checks(home_id) == set()


@pytest.mark.parametrize(
    ("mode", "months", "found"),
    [("assistance", 5, {"CK-04"}), ("assistance", 6, set()), ("natural", 1, set())],
)
async def test_an_elimination_that_came_too_early_is_found(
    planted: Planted, mode: str, months: int, found: set[str]
) -> None:
    home_id = await planted.made(risks=["05"])
    await planted.eliminated(home_id, mode, months=months)
    assert await planted.checks(home_id) == found


async def test_an_elimination_with_an_open_problem_is_found(planted: Planted) -> None:
    poor = await planted.made(risks=["05"], incomes=POOR)
    await planted.eliminated(poor, "natural", months=9)
    assert await planted.checks(poor) == {"CK-05"}
    weak = await planted.made(risks=["05"], members=[person(next(NUMBERS), labour="4")])
    await planted.eliminated(weak, "natural", months=9)
    assert await planted.checks(weak) == {"CK-05"}
    for kind in KINDS:
        home_id = await planted.made(risks=["05"])
        await planted.eliminated(home_id, "natural", months=9)
        assert await planted.checks(home_id) == set()
        await planted.unsafe(home_id, kind)
        assert await planted.checks(home_id) == {"CK-05"}


async def test_a_finding_is_a_duty_until_its_facts_are_mended(planted: Planted) -> None:
    poor = await planted.made(incomes=POOR)
    await planted.known_since(poor, LIMIT + 1)
    for _ in range(2):
        await planted.checks(poor)
    [duty] = await planted.duties(poor)
    assert duty["type"].endswith("duty.opened.v1")
    shown = await planted.client.get(f"/v1/quality/errors/{duty['subject_id']}", headers=planted.headers)
    body = shown.json()
    assert (body["rule"], body["state"], body["level"]) == ("CK-01", "open", "check")
    assert body["title"]["household"]["id"] == poor
    assert duty["due_on"] == (date.fromisoformat(duty["counts_from"]) + timedelta(days=7)).isoformat()
    await planted.clue(poor, "excluded", found=2, decided=0)
    await planted.checks(poor)
    _, closed = await planted.duties(poor)
    assert (closed["duty_id"], closed["outcome"]) == (duty["duty_id"], "done")


async def test_only_the_county_says_that_a_finding_is_explained(planted: Planted, headers: Any) -> None:
    poor = await planted.made(incomes=POOR)
    await planted.known_since(poor, LIMIT + 1)
    await planted.checks(poor)
    [duty] = await planted.duties(poor)
    url = f"/v1/quality/errors/{duty['subject_id']}/accept"
    said = {"reason": "入户核实:收入漏报,已补录,不符合条件"}
    town = headers(scopes=["households:read", "episodes:audit"])
    refused = await planted.client.post(url, json=said, headers=town)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing"), refused.text
    elsewhere = headers(scopes=["episodes:approve", "households:read"], areas=[OTHER_TOWN])
    assert (await planted.client.post(url, json=said, headers=elsewhere)).status_code == 404
    assert (await planted.client.get(url.removesuffix("/accept"), headers=elsewhere)).status_code == 404
    county = headers(scopes=["episodes:approve", "households:read"])
    accepted = await planted.client.post(url, json=said, headers=county)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted"), accepted.text
    assert [each.get("outcome") for each in await planted.duties(poor)] == [None, "done"]
    assert await planted.checks(poor) == set()
