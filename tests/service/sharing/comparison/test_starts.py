"""A comparison starts by itself, says what started it, and once for what happens together."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

from contracts.registry import HouseholdSnapshotTaken, PolicyProfileActivated
from servicekit.clock import now
from sharing.comparison import starts
from sharing.comparison.consumers import Starters

from .conftest import event, snapshot_of
from .test_runs import cost


async def announced(world) -> list:
    """Take the events that were announced out of the outbox, as the bus would deliver them."""
    from contracts.sharing import DeliveryCommitted

    rows = await world.rows("SELECT data FROM outbox WHERE topic = 'sharing.delivery.v1' ORDER BY id")
    return [event(DeliveryCommitted.model_validate(data)) for (data,) in rows]


async def take(world, *, delay_s: float = 0, households=(), profiles=(), deliveries=()) -> None:
    starters = Starters(delay_s)
    async with world.database.transaction() as session:
        await starters.on_households(session, [event(each) for each in households])
        await starters.on_policy(session, [event(each) for each in profiles])
        await starters.on_deliveries(session, deliveries)


async def work(world) -> list[dict]:
    """Do what is queued; give all runs, oldest first."""
    while await world.executor.work_once():
        pass
    return (await world.client.get("/v1/comparison-runs", headers=world.headers())).json()["items"][::-1]


def line(version: int, effective_from: date, amount: str) -> PolicyProfileActivated:
    return PolicyProfileActivated(
        region="000000000000",
        version=version,
        effective_from=effective_from,
        source_document="文号",
        parameters={"income.monitoring_line": Decimal(amount)},
    )


def poor(household_id: str = "h1", version: int = 1, income: int = 5000, **values) -> HouseholdSnapshotTaken:
    return snapshot_of(
        household_id, version, {"serial": int(household_id[1:])}, incomes={2026: Decimal(income)}, **values
    )


async def test_deliveries_start_one_run_that_names_them_and_who_sent_them(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    first = await world.deliver("DS-MED-COST", cost(1, "12000"))
    second = await world.deliver("DS-CIV-LOW", department="CIV")
    await take(world, deliveries=await announced(world))
    [run] = await work(world)
    assert (run["state"], run["kind"], run["period"], run["cause_count"]) == ("done", "full", "2026-10", 2)
    assert [(cause["kind"], cause["what"]) for cause in run["causes"]] == [("delivery", first), ("delivery", second)]
    assert all(cause["by"] for cause in run["causes"])
    assert [kind for kind, _ in await world.events()] == ["raised"]


async def test_late_delivery_of_an_old_month_compares_the_months_in_which_its_rows_count(world):
    await world.household("h1", {"serial": 1})
    for period in ("2026-09", "2026-10"):
        await world.compare(period=period)
    world.period = "2026-07"
    grade = {"house_ref": "F1", "grade": "D", "appraised_on": "2026-07-02", "sole_residence": "是", "measure": "未处置"}
    await world.deliver("DS-HOU-GRADE", {"serial": 1} | grade, department="HOU")
    await take(world, deliveries=await announced(world))
    runs = await work(world)
    assert sorted(run["period"] for run in runs[2:]) == ["2026-07", "2026-09", "2026-10"]


async def test_pushed_record_starts_the_run_of_its_household_only(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    answer = await world.client.post(
        "/v1/datasets/DS-MED-COST/records",
        json={"period": world.period, "record": world.row(cost(1, "12000"))},
        headers=world.headers(department="MED"),
    )
    assert answer.status_code == 201, answer.text
    await take(world, deliveries=await announced(world))
    [run] = await work(world)
    assert (run["kind"], [cause["kind"] for cause in run["causes"]]) == ("limited", ["record"])


async def test_changed_income_raises_and_withdraws_without_anybody_asking(world):
    await take(world, households=[poor(income=5000)])
    assert [kind for kind, _ in await world.events()] == []
    [run] = await work(world)
    assert (run["kind"], run["period"], run["requested_by"]) == ("limited", "2026-10", "register")
    assert [(cause["kind"], cause["what"]) for cause in run["causes"]] == [("register", "h1")]
    assert [(kind, data["rule_id"]) for kind, data in await world.events()] == [("raised", "R-AGR-01")]
    await take(world, households=[poor(version=2, income=20000)])
    await work(world)
    assert [(kind, data["rule_id"]) for kind, data in await world.events()] == [("withdrawn", "R-AGR-01")]


async def test_snapshot_that_says_nothing_new_starts_nothing(world):
    await take(world, households=[poor()])
    await work(world)
    rotated = poor().model_copy(update={"token_revision": 1})
    await take(world, households=[poor(), rotated])
    assert len(await work(world)) == 1


async def test_change_ends_findings_of_every_open_month_in_which_it_no_longer_holds(world):
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(5000)})
    for period in ("2026-08", "2026-09", "2026-10"):
        await world.compare(period=period)
    assert len(await world.events(rules={"R-AGR-01"})) == 3
    await take(world, households=[poor(version=99, income=20000)])
    await work(world)
    assert sorted(data["period"] for _, data in await world.events(rules={"R-AGR-01"})) == [
        "2026-08",
        "2026-09",
        "2026-10",
    ]
    assert await world.findings(rules={"R-AGR-01"}) == []


async def test_findings_end_with_a_household_or_person_that_leaves_and_move_with_one_that_moves(world):
    await take(world, households=[poor("h1"), poor("h2", housing_tenure="none")])
    sick = snapshot_of("h3", 1, {"serial": 3}, {"serial": 4}, hh_type="1")
    await take(world, households=[sick])
    await world.deliver("DS-MED-COST", cost(4, "12000"))
    await take(world, deliveries=await announced(world))
    await work(world)
    await world.events()
    ended = poor("h1", version=2, status="ended")
    moved = poor("h2", version=2, housing_tenure="none", area_code="990101102201")
    alone = snapshot_of("h3", 2, {"serial": 3}, hh_type="1")
    await take(world, households=[ended, moved, alone])
    gone = sorted((kind, data["household_id"], data["run_id"]) for kind, data in await world.events())
    assert gone == [("withdrawn", "h1", "register"), ("withdrawn", "h3", "register")]
    assert {finding["area_code"] for finding in await world.findings(household_id="h2")} == {"990101102201"}
    await work(world)
    assert await world.events() == []


async def test_profile_that_is_dated_back_is_compared_for_the_months_in_which_it_holds(world):
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(9500)})
    for period in ("2026-08", "2026-09", "2026-10"):
        await world.compare(period=period)
    assert await world.events() == []
    await take(world, profiles=[line(2, date(2026, 9, 1), "10000")])
    runs = (await work(world))[3:]
    assert sorted((run["period"], run["causes"][0]["kind"]) for run in runs) == [
        ("2026-09", "policy"),
        ("2026-10", "policy"),
    ]
    assert runs[0]["causes"][0]["what"] == "000000000000/2"
    assert sorted(data["period"] for _, data in await world.events()) == ["2026-09", "2026-10"]


async def test_day_after_data_are_due_last_month_is_compared_once_by_whoever_looks(world, move_clock):
    await world.household("h1", {"serial": 1}, housing_tenure="none")

    async def look() -> None:
        async with world.database.transaction() as session:
            await starts.by_calendar(session)

    def set_day(day: int) -> None:
        move_clock((datetime(2026, 11, day, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())

    set_day(15)
    await look()
    assert await work(world) == []
    set_day(16)
    await asyncio.gather(*(look() for _ in range(4)))
    [run] = await work(world)
    assert (run["period"], [cause["kind"] for cause in run["causes"]]) == ("2026-10", ["calendar"])
    assert now().day == 16
    await look()
    assert len(await work(world)) == 1


async def test_register_that_is_imported_is_compared_as_a_whole_after_a_while_and_a_request_takes_it_along(world):
    many = [poor(f"h{number}", income=5000) for number in range(300)]
    await take(world, delay_s=600, households=many[:250])
    await take(world, delay_s=600, households=many[250:])
    assert [run["kind"] for run in await work(world)] == ["full", "limited"]
    await take(world, delay_s=600, households=[snapshot.model_copy(update={"version": 2}) for snapshot in many])
    waiting, _ = await work(world)
    assert (waiting["state"], waiting["cause_count"]) == ("queued", 2)
    run = await world.compare()
    assert (run["id"], run["state"]) == (waiting["id"], "done")
    assert [cause["kind"] for cause in run["causes"]] == ["register", "register", "request"]
    assert {rule["findings"] for rule in run["rules"] if rule["rule_id"] == "R-AGR-01"} == {300}


async def test_member_of_a_profile_that_nobody_has_announced_waits_for_it(world):
    await world.rows("DELETE FROM policy_profile RETURNING 1")
    await take(world, households=[poor()])
    assert await work(world) == []
    await take(world, profiles=[line(1, date(2021, 1, 1), "8500")])
    [run] = await work(world)
    assert (run["state"], run["causes"][0]["kind"]) == ("done", "policy")
    assert [kind for kind, _ in await world.events()] == ["raised"]
