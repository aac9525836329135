"""What departments' lists say that a household was given: measures, beside its incomes (F-A09)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from elimination_case import monitored
from episode_case import Case
from registry_world import OTHER_TOWN

from contracts.envelope import CloudEvent, EventData, envelope_of
from contracts.plan_codes import MeasureCategory
from contracts.sharing import AidEnded, AidListed
from contracts.vocabulary import Department
from registry.aid.consumers import on_aid
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

PAID_ON = clock.today() - timedelta(days=30)
Headers = dict[str, str]


class Given:
    """A monitored household of the test's own, and what lists say of it."""

    def __init__(self, case: Case, database: Database) -> None:
        self.case, self.database, self.person, self.id = case, database, new_id(), new_id()

    def payout(self, amount: str = "5200.50", **values: Any) -> AidListed:
        given = {
            "household_id": self.case.household, "aid_id": self.id, "person_id": self.person, "dataset": "DS-INS-CLAIM",
            "department": Department.INS, "category": MeasureCategory.SOCIAL, "period": "2026-10", "until": None,
            "title": {"zh": "保险理赔", "en": "insurance payout"}, "called": "防贫综合保险", "amount": Decimal(amount),
            "given_on": PAID_ON, "income": "insurance_payout", "listed_at": clock.now(),
        }  # fmt: skip
        return AidListed.model_validate(given | values)

    def over(self, *, was_wrong: bool) -> AidEnded:
        given = {"household_id": self.case.household, "aid_id": self.id, "dataset": "DS-INS-CLAIM"}
        return AidEnded.model_validate(given | {"period": "2026-10", "was_wrong": was_wrong, "ended_at": clock.now()})

    async def hear(self, *facts: EventData) -> None:
        events: list[CloudEvent[Any]] = [
            envelope_of(fact, event_id=new_id(), source="/bangfu/sharing", at=clock.now()) for fact in facts
        ]
        async with self.database.transaction() as session:
            await on_aid(session, events)

    async def read(self, path: str, headers: Headers | None = None) -> Any:
        answer = await self.case.client.get(path, headers=headers or self.case.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def amounts(self, headers: Headers | None = None) -> tuple[list[str | None], list[str | None]]:
        """What counts, and what was said before or was wrong."""
        shown = await self.read(f"/v1/households/{self.case.household}/aid", headers)
        return [each["amount"] for each in shown["items"]], [each["amount"] for each in shown["history"]]


@pytest.fixture(scope="module")
async def cases(client: httpx.AsyncClient, county: Headers) -> list[Case]:
    return await monitored(client, county, {}, 340, 6)


@pytest.fixture
def given(cases: list[Case], registry_database: Database) -> Given:
    return Given(cases.pop(), registry_database)


async def test_a_list_that_is_corrected_makes_a_version_and_what_never_was_counts_no_more(given: Given) -> None:
    await given.hear(given.payout(), given.payout("5200.00"))
    assert await given.amounts() == (["5200.00"], ["5200.50"])
    await given.hear(given.over(was_wrong=True), given.payout("5100.00"), given.over(was_wrong=True))
    assert await given.amounts() == ([], ["5100.00", "5200.00", "5200.50"])
    await given.hear(given.payout("5100.00"))
    assert (await given.amounts())[0] == ["5100.00"], "and it may be told again"


async def test_what_a_list_has_no_more_was_given_all_the_same(given: Given) -> None:
    await given.hear(given.payout(), given.over(was_wrong=False))
    [shown] = (await given.read(f"/v1/households/{given.case.household}/aid"))["items"]
    assert (shown["was_wrong"], shown["ended_at"] is None) == (False, False)


async def test_it_is_shown_beside_an_income_and_overwrites_nothing(given: Given) -> None:
    place = f"/v1/households/{given.case.household}/incomes"
    body = {"wage": "9000.00", "insurance_payout": "300.00"}
    answer = await given.case.client.put(f"{place}/{PAID_ON.year}", json=body, headers=given.case.headers)
    assert answer.status_code == 200, answer.text
    await given.hear(
        given.payout(), given.payout("0.10", aid_id=new_id()), given.payout("7.00", aid_id=new_id(), income=None)
    )
    shown = await given.read(place)
    [part] = shown["of_departments"]
    assert (part["year"], part["code"], part["dataset"], part["department"], part["amount"], len(part["payments"])) == (
        PAID_ON.year, "insurance_payout", "DS-INS-CLAIM", "INS", "5200.60", 2,
    )  # fmt: skip
    assert shown["items"][0]["insurance_payout"] == "300.00"


async def test_the_measures_of_a_case_show_it_since_the_household_was_identified(given: Given) -> None:
    number = (await given.case.read())["id"]
    before = (clock.today() - timedelta(days=400)).isoformat()
    await given.hear(given.payout(), given.payout("1.00", aid_id=new_id(), given_on=before))
    shown = await given.read(f"/v1/episodes/{number}/measures")
    assert ([each["amount"] for each in shown["of_departments"]], shown["items"]) == (["5200.50"], [])


async def test_a_department_sees_its_own_and_a_township_its_households(given: Given, headers: Any) -> None:
    await given.hear(given.payout())
    assert await given.amounts(headers(department="MED")) == ([], [])
    assert await given.amounts(headers(department="INS")) == (["5200.50"], [])
    place = f"/v1/households/{given.case.household}/aid"
    answer = await given.case.client.get(place, headers=headers(areas=[OTHER_TOWN]))
    assert (answer.status_code, answer.json()["code"]) == (404, "registry.household.not_found")


async def test_the_file_of_the_household_tells_of_it_and_of_its_correction(given: Given) -> None:
    await given.hear(given.payout(), given.payout("5200.00"))
    await given.hear(given.over(was_wrong=True))
    place = f"/v1/households/{given.case.household}/timeline"
    newest, first = (await given.read(f"{place}?kind=aid_told"))["items"]
    assert [(each["field"], each["before"], each["after"]) for each in newest["changes"]] == [
        ("amount", "5200.50", "5200.00")
    ]
    assert (first["changes"], first["occurred_on"]) == ([], PAID_ON.isoformat())
    [ended] = (await given.read(f"{place}?kind=aid_ended"))["items"]
    assert ended["facts"]["was_wrong"] is True
