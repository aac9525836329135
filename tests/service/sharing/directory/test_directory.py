"""The directory follows the registry's snapshots, in whatever order they come."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from contracts.envelope import CloudEvent, EventData, envelope_of
from contracts.registry import HouseholdSnapshotTaken, Member, PolicyProfileActivated, YearIncome
from servicekit.db import Database
from servicekit.ids import new_id
from sharing.directory.service import has_households_outside, take_snapshots
from sharing.policy.service import parameters_at, take_profiles


def event(data: EventData) -> CloudEvent[Any]:
    return envelope_of(data, event_id=new_id(), source="/bangfu/registry", at=datetime.now(UTC))


def member(person_id: str, **values: Any) -> Member:
    fixed = {"id_token": "a" * 32, "person_token": "b" * 32, "birth_date": date(1980, 2, 3), "sex": "1"}
    return Member(**({"person_id": person_id, "relation": "head", "labour": "1"} | fixed | values))


def income(year: int, net: str) -> YearIncome:
    amount = Decimal(net)
    return YearIncome(year=year, net=amount, per_capita_net=amount, ref_per_capita=amount, self_paid=Decimal(0))


def snapshot(household_id: str, version: int, **values: Any) -> HouseholdSnapshotTaken:
    fixed = {"area_code": "990101101201", "hh_type": "0", "status": "active", "housing_tenure": "owned"}
    return HouseholdSnapshotTaken(**({"household_id": household_id, "version": version} | fixed | values))


async def take(database, *snapshots: HouseholdSnapshotTaken) -> None:
    async with database.transaction() as session:
        await take_snapshots(session, snapshots)


async def rows(database, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(sql), values)]


async def people(database, *households: str) -> dict[str, list[str]]:
    found = await rows(
        database,
        "SELECT household_id, person_id FROM directory_person WHERE household_id = ANY(:ids) ORDER BY 1, 2",
        ids=list(households),
    )
    return {household: [person for owner, person in found if owner == household] for household in households}


async def test_snapshot_is_kept_with_members_and_incomes(sharing_database):
    await take(
        sharing_database,
        snapshot(
            "full-1",
            1,
            is_monitored=True,
            monitor_category="0",
            open_risks=["01", "13"],
            last_negative_decision_on=date(2026, 1, 2),
            members=[member("p1", health=["chronic"], relief="dibao"), member("p2", id_token=None, person_token=None)],
            incomes=[income(2025, "20000.10"), income(2026, "-5.00")],
        ),
    )
    (household,) = await rows(
        sharing_database,
        "SELECT version, area_code, hh_type, status, housing_tenure, is_resettled, monitor_category, is_monitored,"
        " open_risks, last_negative_decision_on FROM directory_household WHERE household_id = 'full-1'",
    )
    assert household == (
        1, "990101101201", "0", "active", "owned", False, "0", True, ["01", "13"], date(2026, 1, 2),
    )  # fmt: skip
    found = await rows(
        sharing_database,
        "SELECT person_id, id_token, birth_date, health, relief FROM directory_person"
        " WHERE household_id = 'full-1' ORDER BY 1",
    )
    assert found == [
        ("p1", "a" * 32, date(1980, 2, 3), ["chronic"], "dibao"),
        ("p2", None, date(1980, 2, 3), ["healthy"], "none"),  # what older events lack has the field's default
    ]
    found = await rows(
        sharing_database, "SELECT year, net FROM directory_income WHERE household_id = 'full-1' ORDER BY 1"
    )
    assert found == [(2025, Decimal("20000.10")), (2026, Decimal("-5.00"))]


async def test_stale_snapshot_never_wins(sharing_database):
    new = snapshot("stale", 5, hh_type="1", members=[member("p1")], incomes=[income(2026, "10.00")])
    old = snapshot("stale", 4, hh_type="0", members=[member("p1"), member("p2")], incomes=[income(2024, "1.00")])
    await take(sharing_database, new)
    await take(sharing_database, old)
    await take(sharing_database, new, old)  # a replay from the topic's start
    (household,) = await rows(
        sharing_database, "SELECT version, hh_type FROM directory_household WHERE household_id = 'stale'"
    )
    assert household == (5, "1")
    assert await people(sharing_database, "stale") == {"stale": ["p1"]}
    assert await rows(sharing_database, "SELECT year FROM directory_income WHERE household_id = 'stale'") == [(2026,)]


async def test_highest_version_within_a_batch_wins(sharing_database):
    batch = [snapshot("batch", version, members=[member(f"p{version}")]) for version in range(1, 30)]
    random.Random(7).shuffle(batch)
    await take(sharing_database, *batch)
    assert await people(sharing_database, "batch") == {"batch": ["p29"]}


async def test_member_that_left_and_year_that_was_removed_are_gone(sharing_database):
    first = snapshot("left", 1, members=[member("p1"), member("p2")], incomes=[income(2025, "1"), income(2026, "2")])
    await take(sharing_database, first)
    await take(sharing_database, snapshot("left", 2, members=[member("p2", labour="4")], incomes=[income(2026, "3")]))
    found = await rows(sharing_database, "SELECT person_id, labour FROM directory_person WHERE household_id = 'left'")
    assert found == [("p2", "4")]
    found = await rows(sharing_database, "SELECT year, net FROM directory_income WHERE household_id = 'left'")
    assert found == [(2026, Decimal("3.00"))]


@pytest.mark.parametrize("order", ["old home first", "new home first"])
async def test_person_who_moves_is_in_the_new_household_in_either_order(sharing_database, order):
    old, new = f"old-{order}", f"new-{order}"
    await take(sharing_database, snapshot(old, 1, members=[member("p1")]), snapshot(new, 1))
    moves = [snapshot(old, 2), snapshot(new, 2, members=[member("p1")])]
    for move in moves if order == "old home first" else reversed(moves):
        await take(sharing_database, move)
    assert await people(sharing_database, old, new) == {old: [], new: ["p1"]}


async def test_profile_events_are_kept_by_version_and_date(sharing_database):
    def profile(region: str, version: int, effective: date, **parameters: str) -> PolicyProfileActivated:
        values = {name.replace("__", "."): Decimal(value) for name, value in parameters.items()}
        return PolicyProfileActivated(
            region=region, version=version, effective_from=effective, source_document="文号", parameters=values
        )

    profiles = [
        profile("000000000000", 1, date(2021, 1, 1), income__monitoring_line="8000"),
        profile("990101000000", 1, date(2025, 1, 1), income__monitoring_line="8500"),
        profile("990101000000", 2, date(2026, 7, 1), income__monitoring_line="9000"),
    ]
    for _ in range(2):  # replays change nothing
        async with sharing_database.transaction() as session:
            await take_profiles(session, profiles)
    async with sharing_database.transaction() as session:
        before = await parameters_at(session, "990101101201", date(2026, 6, 30))
        after = await parameters_at(session, "990101101201", date(2026, 7, 1))
        elsewhere = await parameters_at(session, "980101101201", date(2026, 7, 1))
    assert (before.version, before.number("income.monitoring_line")) == (1, Decimal(8500))
    assert (after.version, after.number("income.monitoring_line")) == (2, Decimal(9000))
    assert (elsewhere.version, elsewhere.number("income.monitoring_line")) == (1, Decimal(8000))


async def test_profile_with_an_impossible_value_goes_to_the_dead_letters(sharing_database):
    from servicekit.consumer import InvalidEvent

    wrong = PolicyProfileActivated(
        region="990102000000",
        version=1,
        effective_from=date(2026, 1, 1),
        source_document="文号",
        parameters={"income.monitoring_line": "many"},
    )
    with pytest.raises(InvalidEvent, match=r"income\.monitoring_line"):
        async with sharing_database.transaction() as session:
            await take_profiles(session, [wrong])


async def test_tokens_of_several_keys_are_kept_and_the_first_key_stands_for_the_person(
    sharing_database: Database,
) -> None:
    """The same person in two households has one canonical token, whichever key is the current one."""

    def token(letter: str, key_id: str) -> dict[str, str]:
        return {"key_id": key_id, "id_token": letter * 32, "person_token": letter.upper() * 32}

    for revision, current, other in ((0, "k1", []), (1, "k1", [token("b", "k2")]), (2, "k2", [token("a", "k1")])):
        now = token("a" if current == "k1" else "b", current)
        body = snapshot(
            "keys-1",
            1,
            token_revision=revision,
            members=[
                member(
                    "p1", id_token=now["id_token"], person_token=now["person_token"], token_key_id=current,
                    other_tokens=other,
                ),
                member("p2", id_token=None, person_token=None),
            ],
        )  # fmt: skip
        await take(sharing_database, body)
        assert await rows(
            sharing_database, "SELECT id_token, person_token, token_key_id FROM directory_person"
            " WHERE household_id = 'keys-1' AND person_id = 'p1'",
        ) == [("a" * 32, "A" * 32, "k1")]  # fmt: skip
        further = await rows(
            sharing_database, "SELECT person_id, key_id, id_token FROM directory_token WHERE household_id = 'keys-1'"
        )
        assert further == ([("p1", "k2", "b" * 32)] if revision else [])
    last = member("p1", id_token="b" * 32, person_token="B" * 32, token_key_id="k2")
    await take(sharing_database, snapshot("keys-1", 1, token_revision=1, members=[last]))
    assert await rows(sharing_database, "SELECT count(*) FROM directory_token") == [(1,)], "an older revision"
    await take(sharing_database, snapshot("keys-1", 1, token_revision=3, members=[last]))
    assert await rows(sharing_database, "SELECT count(*) FROM directory_token") == [(0,)]
    assert await rows(
        sharing_database, "SELECT id_token, token_key_id FROM directory_person WHERE household_id = 'keys-1'"
    ) == [("b" * 32, "k2")]


async def test_nobody_lives_outside_an_area_before_anybody_is_known(sharing_database):
    await take(sharing_database, snapshot("inside", 1, members=[member("p1")]))
    async with sharing_database.transaction() as session:
        assert await has_households_outside(session, "990101999000")
        await session.execute(text("DELETE FROM directory_household WHERE household_id <> 'inside'"))
        assert not await has_households_outside(session, "990101000000")
        await session.execute(text("DELETE FROM directory_household"))
        assert not await has_households_outside(session, "990101999000")
        await session.rollback()
