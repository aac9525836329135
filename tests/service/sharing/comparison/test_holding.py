"""A run whose findings jump announces nothing until a second person at the bureau has decided."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from servicekit.ids import new_id
from sharing import gauges
from sharing.comparison import service, starts, store
from sharing.comparison.rules import Jump, jumps
from sharing.duties.service import follow_job

FEW, MANY = 3, 8
RULE = {"R-HOU-02"}
INCOMES = {2026: Decimal(30000), 2025: Decimal(20000)}


@pytest.mark.parametrize(
    ("before", "now", "accepted", "is_jump"),
    [
        (10, 29, {}, False),  # fewer than three times as many
        (10, 30, {}, False),  # fewer than thirty more
        (20, 60, {}, True),
        (0, 30, {}, True),
        (0, 29, {}, False),
        (60, 20, {}, True),  # a drop is one too
        (45, 15, {}, True),
        (20, 60, {"R": 60}, False),  # believed already
        (20, 55, {"R": 60}, False),  # nearer to what was before
        (20, 61, {"R": 60}, True),
        (60, 20, {"R": 20}, False),
        (60, 19, {"R": 20}, True),
    ],
)
def test_what_is_a_jump(before, now, accepted, is_jump):
    found = jumps({"R": before, "OTHER": 1}, {"R": now, "NEW": 500}, accepted, factor=Decimal(3), least=30)
    assert found == ([Jump("R", before, now)] if is_jump else [])


async def homeless(world, count: int, first: int = 0, tenure: str = "none") -> None:
    for number in range(first, first + count):
        await world.household(f"h{number}", {"serial": number}, housing_tenure=tenure, incomes=INCOMES)


@pytest.fixture
async def held(world):
    """A month that was compared, and a run in which a rule finds far more."""
    await world.profile(2, sharing__jump_least="5", sharing__jump_factor="2")
    await homeless(world, FEW)
    await homeless(world, 2 * MANY, first=FEW, tenure="owned")
    assert (await world.compare())["state"] == "done"
    assert len(await world.events(rules=RULE)) == FEW
    await homeless(world, MANY, first=FEW)
    return await world.compare()


def second(world, **options):
    return world.headers(client_id="second-client", **options)


async def decide(world, run, verb: str, headers=None, **body):
    return await world.client.post(
        f"/v1/comparison-runs/{run['id']}/{verb}",
        json={"reason": "已核对登记"} | body,
        headers=headers or second(world),
    )


async def test_run_that_jumps_announces_nothing_and_is_there_to_be_decided(world, held):
    assert (held["state"], held["stage"], held["owner"]) == ("held", "held", "bureau")
    assert held["jumps"] == [{"rule_id": "R-HOU-02", "before": FEW, "now": FEW + MANY}]
    assert held["due_on"] == date(2026, 11, 12).isoformat()
    assert held["held_at"]
    assert await world.events(rules=None) == []
    listed = await world.client.get("/v1/comparison-runs?state=held", headers=world.headers())
    assert [run["id"] for run in listed.json()["items"]] == [held["id"]]


async def test_only_another_client_of_the_bureau_decides(world, held):
    for headers, code in (
        (world.headers(), "sharing.comparison.second_person"),
        (second(world, department="MED"), "department_mismatch"),
    ):
        for verb in ("release", "withdraw"):
            answer = await decide(world, held, verb, headers)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    outside = await decide(world, held, "release", second(world, areas=["990102000000"]))
    assert outside.status_code == 404
    assert (await world.run(held["id"]))["state"] == "held"


async def test_one_person_is_one_through_whichever_application_and_two_are_two(world, held):
    """Who asked for the run that is held now does not judge it from another application."""
    ann, bea = new_id(), new_id()
    again = await world.compare(world.headers(person=ann, client_id="console"))
    assert again["state"] == "held"
    own = await decide(world, again, "withdraw", world.headers(person=ann, client_id="desk"))
    assert (own.status_code, own.json()["code"]) == (403, "sharing.comparison.second_person")
    done = await decide(world, again, "withdraw", world.headers(person=bea, client_id="console"))
    assert (done.status_code, done.json()["decided_by"]) == (200, f"staff:{bea}")


async def test_released_run_is_made_again_and_announces(world, held):
    answer = await decide(world, held, "release")
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    while await world.executor.work_once():
        pass
    run = await world.run(held["id"])
    assert (run["state"], run["decided_by"], run["decision_reason"]) == ("done", "second-client", "已核对登记")
    assert len(await world.events(rules=RULE)) == MANY
    again = await decide(world, held, "release")
    assert (again.status_code, again.json()["code"]) == (409, "sharing.comparison.not_held")


async def test_released_run_that_jumps_further_meanwhile_is_held_again(world, held):
    await homeless(world, MANY, first=FEW + MANY)
    await decide(world, held, "release")
    assert await world.executor.work_once()
    assert (await world.run(held["id"]))["state"] == "held"
    assert await world.events(rules=None) == []


async def test_withdrawn_run_announces_nothing_and_the_next_one_is_held_too(world, held):
    assert (await decide(world, held, "withdraw")).json()["state"] == "withdrawn"
    run = await world.compare()
    assert (run["state"], await world.events(rules=None)) == ("held", [])


async def test_newer_run_takes_the_place_of_a_held_one(world, held):
    await homeless(world, MANY, first=FEW, tenure="owned")
    run = await world.compare()
    assert (run["state"], (await world.run(held["id"]))["state"]) == ("done", "superseded")


async def test_single_record_announces_nothing_of_a_rule_that_is_doubted(world, held):
    [(token,)] = await world.rows("SELECT id_token FROM directory_person WHERE household_id = 'h5'")
    async with world.database.transaction() as session:
        await service.enqueue_households(session, [token], world.period)
    assert await world.executor.work_once()
    assert await world.events(rules=None) == []
    await decide(world, held, "release")
    while await world.executor.work_once():
        pass
    assert "h5" in {data["household_id"] for _, data in await world.events(rules=RULE)}


async def test_who_must_decide_is_told_and_sees_it_measured(world, held):
    async def told() -> list[tuple]:
        found = await world.rows(
            "DELETE FROM outbox WHERE topic = 'sharing.comparison.v1' RETURNING id, type, key, data"
        )
        assert {key for _, _, key, _ in found} <= {held["id"]}
        return [(kind.split(".")[-2], data) for _, kind, _, data in sorted(found)]

    async def measured() -> dict[str, float]:
        await gauges.measure(world.database)
        return {status: gauges.held_runs.labels(status)._value.get() for status in ("open", "overdue")}

    [(kind, data)] = await told()
    assert (kind, data["rule_ids"], data["due_on"]) == ("suspended", ["R-HOU-02"], "2026-11-12")
    assert await measured() == {"open": 1, "overdue": 0}
    await decide(world, held, "release")
    assert [(kind, data["decision"]) for kind, data in await told()] == [("decided", "released")]
    assert await measured() == {"open": 0, "overdue": 0}


async def test_run_that_a_newer_one_replaces_is_said_to_wait_no_longer(world, held):
    await homeless(world, MANY, first=FEW, tenure="owned")
    await world.compare()
    kinds = await world.rows("SELECT data ->> 'decision' FROM outbox WHERE type LIKE '%comparison.decided%'")
    assert kinds == [("superseded",)]


async def test_a_list_in_the_place_of_the_register_is_another_look_and_no_jump(world):
    """R-CIV-02 asks the register while no list counts, or single records only, and the list from then on."""
    await world.profile(2, sharing__jump_least="5", sharing__jump_factor="2")
    for number in range(MANY):
        await world.household(f"h{number}", {"serial": number, "labour": "5", "relief": "dibao"}, incomes=INCOMES)
    await world.household("h99", {"serial": 99, "labour": "5"}, incomes=INCOMES)
    assert (await world.compare())["state"] == "done"
    await world.deliver("DS-CIV-LOW", department="CIV")
    run = await world.compare()
    assert (run["state"], run["jumps"]) == ("done", [])
    assert {rule["rule_id"]: rule["findings"] for rule in run["rules"]}["R-CIV-02"] == MANY + 1


async def test_what_both_runs_lacked_hides_no_jump(world):
    """A household without an income, and a township without a list, are no reason to believe everything."""
    await world.profile(2, sharing__jump_least="5", sharing__jump_factor="2")
    for number in range(FEW + 2 * MANY):
        income = 3000 if number < FEW else 30000
        await world.household(f"h{number}", {"serial": number}, incomes={2026: Decimal(income)})
    await world.household("unknown", {"serial": 98})
    assert (await world.compare())["state"] == "done"
    for number in range(FEW, FEW + MANY):
        await world.household(f"h{number}", {"serial": number}, incomes={2026: Decimal(3000)})
    run = await world.compare()
    assert run["state"] == "held"
    assert {"rule_id": "R-AGR-01", "before": FEW, "now": FEW + MANY} in run["jumps"]


async def test_register_that_grows_is_no_jump(world):
    """As when it is imported: a run in the middle, and one at the end."""
    await world.profile(2, sharing__jump_least="5", sharing__jump_factor="2")
    await homeless(world, FEW)
    await world.compare()
    await homeless(world, 5 * FEW, first=FEW)
    assert (await world.compare())["state"] == "done"


async def changed(world, count: int, first: int, tenure: str = "none") -> None:
    """Households that the register changes, compared by themselves one after the other."""
    await homeless(world, count, first=first, tenure=tenure)
    for number in range(first, first + count):
        async with world.database.transaction() as session:
            start = starts.start_of("record", world.period)
            await store.enqueue_households(session, start, households=[f"h{number}"])
        assert await world.executor.work_once(("limited",))


async def waiting_runs(world) -> list[tuple]:
    return await world.rows(
        "SELECT id, not_before IS NOT NULL FROM comparison_run WHERE kind = 'full' AND state = 'queued'"
    )


@pytest.fixture
async def flood(world):
    """A month that was compared, and then more single records than are announced without a whole run."""
    await world.profile(2, sharing__jump_least="5", sharing__jump_factor="2", sharing__findings_between_runs="4")
    await homeless(world, FEW)
    await homeless(world, 4 * MANY, first=FEW, tenure="owned")
    assert (await world.compare())["state"] == "done"
    await world.events(rules=None)
    await changed(world, MANY, FEW)


async def test_of_a_flood_of_single_records_some_are_announced_and_the_rest_is_held(world, flood):
    assert len(await world.events(rules=RULE)) == 4
    [(run_id, waits)] = await waiting_runs(world)
    assert waits, "for what else comes"
    run = await world.compare()
    # Those that were announced meanwhile are part of the jump.
    assert (run["id"], run["state"], run["jumps"]) == (
        run_id, "held", [{"rule_id": "R-HOU-02", "before": FEW, "now": FEW + MANY}],
    )  # fmt: skip
    assert (await decide(world, run, "release")).status_code == 200
    assert await world.executor.work_once()
    assert len(await world.events(rules=RULE)) == MANY - 4
    # A whole run has judged them: the next few are announced at once again.
    await changed(world, 4, FEW + MANY)
    assert (len(await world.events(rules=RULE)), await waiting_runs(world)) == (4, [])


async def test_what_is_no_jump_waits_for_a_whole_run_only(world, flood):
    await world.profile(3, sharing__jump_least="100", sharing__findings_between_runs="4")
    run = await world.compare()
    assert (run["state"], len(await world.events(rules=RULE))) == ("done", MANY)


async def test_what_stands_already_is_no_flood(world, flood):
    await world.profile(3, sharing__jump_least="100", sharing__findings_between_runs="4")
    assert (await world.compare())["state"] == "done"
    await world.events(rules=None)
    async with world.database.transaction() as session:
        start = starts.start_of("register", world.period)
        await store.enqueue_households(session, start, households=[f"h{number}" for number in range(FEW + MANY)])
    assert await world.executor.work_once(("limited",))
    assert (await world.events(rules=RULE), await waiting_runs(world)) == ([], [])


async def test_a_held_comparison_is_a_duty_of_the_county_until_it_is_decided_or_replaced(world, held):
    async def said():
        for _ in range(2):  # again: nothing is announced twice
            await follow_job(world.database)()
        found = await world.rows(f"SELECT data FROM outbox WHERE key = 'D02-{held['id']}' ORDER BY id")
        return [(one["kind"], one["area_code"], one["due_on"], one.get("outcome")) for (one,) in found]

    opened = ("D02", "990101000000", "2026-11-12", None)
    assert await said() == [opened]
    newer = await world.compare()
    assert await said() == [opened, (*opened[:3], "cancelled")]
    await decide(world, newer, "withdraw")
    await follow_job(world.database)()
    found = await world.rows(f"SELECT data ->> 'outcome' FROM outbox WHERE key = 'D02-{newer['id']}' ORDER BY id")
    assert [outcome for (outcome,) in found][-1] == "done"
