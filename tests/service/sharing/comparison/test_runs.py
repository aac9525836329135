"""A month through the real parts: deliveries by HTTP, runs by the executor, findings in PostgreSQL and the outbox."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from contracts.sharing import FindingRaised, FindingWithdrawn
from faults.nemesis.disk import SmallDisk, require_mount
from servicekit.clock import now
from servicekit.worker import queue
from sharing.catalogue.service import load_catalogue
from sharing.comparison import store
from sharing.comparison.evaluation import inputs
from sharing.comparison.evaluation.engine import Comparison
from sharing.comparison.evaluation.inputs import Inputs
from sharing.comparison.store import CHANNEL
from sharing.deliveries.housekeeping import delete_expired_rows

from .conftest import PLANTED

COST = {
    "year": 2026,
    "period_to": "2026-10-31",
    "basic_paid": "0",
    "critical_paid": "0",
    "aid_paid": "0",
}


def cost(serial: int, self_paid: str, **values):
    return {"serial": serial, "total": self_paid, "self_paid_ytd": self_paid} | COST | values


async def test_month_gives_findings_with_evidence_and_events(world):
    await world.household("h1", {"serial": 1}, {"serial": 2}, hh_type="1", incomes={2026: Decimal(30000)})
    await world.household("h2", {"serial": 3})
    delivery = await world.deliver("DS-MED-COST", cost(1, "10000.00"), cost(3, "10000.00"), cost(9, "1.00"))
    run = await world.compare()
    assert (run["state"], run["stage"], run["error_code"]) == ("done", "done", None)
    by_rule = {rule["rule_id"]: rule for rule in run["rules"]}
    assert by_rule.keys() == load_catalogue().by_id.keys()
    assert by_rule["R-MED-02"] == {
        "rule_id": "R-MED-02",
        "rule_version": load_catalogue().by_id["R-MED-02"].rule.version,
        "findings": 1,
        "new": 1,
        "withdrawn": 0,
        "skipped_villages": 0,
        "skipped_because": None,
        "status": "partly",
        "gaps": by_rule["R-MED-02"]["gaps"],
    }
    assert by_rule["R-EDU-01"]["skipped_because"]
    (matching,) = [each for each in run["matching"] if each["dataset"] == "DS-MED-COST"]
    counted = {"rows": 3, "matched": 2, "quarantined": 0, "unmatched": 1, "outside": 0, "deceased": 0}
    assert matching == {"dataset": "DS-MED-COST", **counted}

    ((kind, data),) = await world.events()
    assert kind == "raised"
    raised = FindingRaised.model_validate(data)
    assert (raised.rule_id, raised.severity, raised.household_id) == ("R-MED-02", "ORANGE", "h1")
    assert raised.person_id == "h1-p1"
    assert raised.evidence == {"cost_self_paid_ytd": "10000.00", "has_low_income": True, "net_income": "30000.00"}
    assert raised.parameters["med.self_paid_low_income"] == "10000.00"
    assert (raised.deliveries, raised.profile_version, raised.period) == ([delivery], 1, "2026-10")
    assert raised.fact_names["net_income"]["zh"] == "家庭年纯收入"
    assert "张三" not in json.dumps(data, ensure_ascii=False)

    (listed,) = await world.findings(period="2026-10")
    assert listed["finding_id"] == raised.finding_id
    assert listed["explanation"]["zh"].startswith("年度累计自付10000.00元（低收入家庭：是")
    one = await world.client.get(f"/v1/findings/{raised.finding_id}", headers=world.headers())
    assert one.json() == {**listed, "titles": "unavailable"}  # no registry answers here: said, and no name invented


async def test_same_inputs_again_announce_nothing(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    first = await world.compare()
    assert len(await world.events()) == 1
    second = await world.compare()
    assert await world.events(rules=None) == []
    counts = [{rule["rule_id"]: rule["findings"] for rule in run["rules"]} for run in (first, second)]
    assert counts[0] == counts[1]
    assert all(rule["new"] == rule["withdrawn"] == 0 for rule in second["rules"])


async def test_superseding_delivery_withdraws_and_a_return_raises_again_under_the_same_id(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    await world.compare()
    ((_, raised),) = await world.events()
    await world.deliver("DS-MED-COST", cost(1, "2000"))
    run = await world.compare()
    ((kind, data),) = await world.events()
    assert kind == "withdrawn"
    withdrawn = FindingWithdrawn.model_validate(data)
    assert (withdrawn.finding_id, withdrawn.run_id) == (raised["finding_id"], run["id"])
    assert await world.findings() == []
    (kept,) = await world.findings(withdrawn=True)
    assert kept["withdrawn_at"]
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    await world.compare()
    ((kind, again),) = await world.events()
    assert (kind, again["finding_id"]) == ("raised", raised["finding_id"])
    assert len(await world.findings()) == 1


async def test_changed_evidence_raises_the_new_finding_before_it_withdraws_the_old(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    await world.compare()
    await world.events()
    await world.deliver("DS-MED-COST", cost(1, "21000"))
    await world.compare()
    (kind, new), (kind_of_old, old) = await world.events()
    assert (kind, kind_of_old) == ("raised", "withdrawn")
    assert (new["severity"], new["evidence"]["cost_self_paid_ytd"]) == ("RED", "21000.00")
    assert old["finding_id"] != new["finding_id"]


async def test_nil_return_is_known_and_missing_list_skips_without_withdrawing(world):
    await world.household("h1", {"serial": 1, "relief": "dibao"})
    await world.deliver("DS-CIV-LOW", department="CIV")
    run = await world.compare()
    assert "R-CIV-91" in {rule["rule_id"] for rule in run["rules"] if rule["findings"]}
    await world.events()
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("DELETE FROM delivery"))
    run = await world.compare()
    (civ,) = [rule for rule in run["rules"] if rule["rule_id"] == "R-CIV-91"]
    assert civ["skipped_because"]
    assert await world.events(rules=None) == []
    assert len(await world.findings(rules={"R-CIV-91"})) == 1


async def test_list_that_covers_one_township_leaves_findings_of_the_others_alone(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.household("h2", {"serial": 2}, hh_type="1", area_code="990101102201")
    await world.deliver("DS-MED-COST", cost(1, "12000"), cost(2, "12000"))
    await world.compare()
    await world.events()
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("DELETE FROM delivery_part"))
        await session.execute(text("DELETE FROM delivery"))
    await world.deliver("DS-MED-COST", cost(1, "1000"), areas=["990101101000"])
    run = await world.compare()
    (rule,) = [rule for rule in run["rules"] if rule["rule_id"] == "R-MED-02"]
    assert (rule["skipped_because"], rule["skipped_villages"], rule["withdrawn"]) == (None, 1, 1)
    assert [(kind, data["household_id"]) for kind, data in await world.events()] == [("withdrawn", "h1")]
    assert [finding["household_id"] for finding in await world.findings()] == ["h2"]


async def test_household_that_ended_loses_its_findings(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.compare()
    await world.household("h1", {"serial": 1}, housing_tenure="none", status="ended")
    await world.compare()
    assert [kind for kind, _ in await world.events()] == ["raised", "withdrawn"]


async def test_household_that_moved_keeps_its_finding_in_its_new_village(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.compare()
    await world.household("h1", {"serial": 1}, housing_tenure="none", area_code="990101102201")
    await world.compare()
    assert [kind for kind, _ in await world.events()] == ["raised"]
    (finding,) = await world.findings()
    assert finding["area_code"] == "990101102201"


async def test_parameters_are_those_of_the_period_and_not_of_today(world):
    await world.profile(2, date(2026, 11, 1), income__monitoring_line="12000")
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(11500)})
    run = await world.compare()
    assert not any(rule["findings"] for rule in run["rules"] if rule["rule_id"] in PLANTED)
    world.period = "2026-11"
    await world.compare()
    ((_, raised),) = await world.events()
    assert (raised["rule_id"], raised["profile_version"]) == ("R-AGR-01", 2)
    assert raised["parameters"] == {"income.monitoring_line": "12000.00"}


async def test_run_without_a_policy_profile_fails_and_says_so(world):
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("DELETE FROM policy_profile"))
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    run = await world.compare()
    assert (run["state"], run["error_code"]) == ("failed", "sharing.comparison.no_policy_profile")
    assert await world.events(rules=None) == []


async def test_unreadable_part_fails_the_run_and_leaves_findings_alone(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    await world.compare()
    await world.events()
    for part in world.folder.parent.joinpath("lake").rglob("*.parquet"):
        part.unlink()
    run = await world.compare()
    assert (run["state"], run["error_code"]) == ("failed", "sharing.comparison.part_unreadable")
    assert await world.events(rules=None) == []
    assert len(await world.findings()) == 1


async def test_run_can_be_replayed_from_its_folder(world):
    await world.household("h1", {"serial": 1}, hh_type="1", incomes={2026: Decimal(8000)})
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    run = await world.compare()
    stored = {finding["finding_id"] for finding in await world.findings(rules=None)}
    await world.household("h1", {"serial": 1}, hh_type="0")  # today's directory says something else
    folder = world.folder / run["id"]
    assert Inputs.load(folder).rules["R-MED-02"] == load_catalogue().by_id["R-MED-02"].rule.version
    Comparison(folder, load_catalogue()).run()
    replayed = {line.split(",")[0] for line in (folder / "findings.csv").read_text().splitlines()}
    assert replayed == stored


async def test_what_if_shows_the_difference_and_writes_nothing(world):
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(8000)})
    await world.household("h2", {"serial": 2}, incomes={2026: Decimal(8700)})
    run = await world.compare(dry_run=True, parameters={"income.monitoring_line": "9000"})
    assert (run["kind"], run["state"]) == ("dry_run", "done")
    (difference,) = [each for each in run["difference"] if each["rule_id"] == "R-AGR-01"]
    assert difference == {
        "rule_id": "R-AGR-01",
        "households_added": 1,
        "households_dropped": 0,
        "added": ["h2"],
        "dropped": [],
        "townships": [{"area_code": "990101101000", "added": 1, "dropped": 0}],
    }
    assert await world.events(rules=None) == []
    assert await world.findings(rules=None) == []
    assert not (world.folder / run["id"]).exists()


async def test_pushed_record_is_compared_for_its_household_only(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.household("h2", {"serial": 2}, housing_tenure="none")
    await world.deliver("DS-MED-COST", cost(1, "1000"))
    body = {"period": world.period, "record": world.row(cost(1, "15000"))}
    answer = await world.client.post(
        "/v1/datasets/DS-MED-COST/records", json=body, headers=world.headers(department="MED")
    )
    assert answer.status_code == 201, answer.text
    assert await world.executor.work_once(("limited",))
    announced = await world.events(rules=None)
    assert {data["household_id"] for _, data in announced} == {"h1"}
    ((kind, data),) = [each for each in announced if each[1]["rule_id"] in PLANTED]
    assert (kind, data["rule_id"]) == ("raised", "R-MED-02")
    assert answer.json()["delivery_id"] in data["deliveries"]
    await world.compare()  # the full run finds h2, and h1 as it was
    assert [(kind, data["household_id"]) for kind, data in await world.events()] == [("raised", "h2")]


async def test_runs_of_one_period_never_run_at_the_same_time(world):
    for _ in range(2):
        await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    await world.client.post("/v1/comparison-runs", json={"period": "2026-09"}, headers=world.headers())

    async def claim():
        async with world.database.transaction() as session:
            return await store.claim(session, ["full"], now())

    claimed = await asyncio.gather(*(claim() for _ in range(3)))
    assert sorted(run.period for run in claimed if run) == ["2026-09", "2026-10"]


async def test_run_of_a_worker_that_died_is_taken_over_and_the_dead_one_cannot_finish(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    async with world.database.transaction() as session:
        dead = await store.claim(session, ["full"], now())
    assert not await world.executor.work_once()  # the lease holds
    await expire_leases(world)
    assert await world.executor.work_once()
    async with world.database.transaction() as session:
        assert not await store.hold(session, dead)
        assert not await store.renew(session, dead, "merge")
    assert (await world.run(dead.id))["state"] == "done"
    assert len(await world.events()) == 1


@pytest.mark.parametrize("leave_bytes", [0, 12 * 1024])  # its folder, or what the comparison writes, finds no room
async def test_a_run_waits_in_the_queue_while_the_disk_is_full(world, leave_bytes):
    require_mount()
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    asked = await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    with SmallDisk(world.executor._folder, size_mib=64) as disk:
        disk.fill(leave_bytes=leave_bytes)
        with pytest.raises(Exception, match="No space left on device"):
            await world.executor.work_once()
        assert (await world.run(asked.json()["id"]))["state"] == "queued"
        disk.free()
        assert await world.executor.work_once()
        assert (await world.run(asked.json()["id"]))["state"] == "done"
    assert len(await world.events()) == 1


async def test_run_that_kills_its_worker_three_times_is_given_up(world):
    answer = await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    for _ in range(store.MAX_ATTEMPTS):
        async with world.database.transaction() as session:
            assert await store.claim(session, ["full"], now())
        await expire_leases(world)
    assert not await world.executor.work_once()
    run = await world.run(answer.json()["id"])
    assert (run["state"], run["error_code"]) == ("failed", "sharing.comparison.crashed")


async def expire_leases(world) -> None:
    async with world.database.transaction() as session:
        from sqlalchemy import text

        await session.execute(text("UPDATE comparison_run SET lease_until = now() - interval '1 second'"))


async def test_worker_is_woken_by_a_new_run_and_stops_when_told(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    stop = asyncio.Event()
    working = asyncio.create_task(queue(world.database, CHANNEL, world.executor.work_once, world.executor.look_s)(stop))
    listeners = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
    for _ in range(1000):
        if await world.rows(listeners):
            break
        await asyncio.sleep(0.01)
    started = asyncio.get_running_loop().time()
    answer = await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    while (await world.run(answer.json()["id"]))["state"] != "done":
        await asyncio.sleep(0.02)
        assert asyncio.get_running_loop().time() - started < 10, "the poll alone would take longer"
    stop.set()
    await asyncio.wait_for(working, 5)
    assert len(await world.events()) == 1


async def test_cancelled_run_goes_back_to_the_queue(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    answer = await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=world.headers())
    working = asyncio.create_task(world.executor.work_once())
    async with asyncio.timeout(10):
        while not await world.rows("SELECT 1 FROM comparison_run WHERE state = 'running'"):
            continue
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert (await world.run(answer.json()["id"]))["state"] == "queued"
    assert await world.executor.work_once()
    assert (await world.run(answer.json()["id"]))["state"] == "done"
    assert len(await world.events()) == 1


async def test_folders_of_old_runs_are_deleted(world, move_clock):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    run = await world.compare()
    folder, stranger = world.folder / run["id"], world.folder / "stranger"
    stranger.mkdir()
    at = (now() - datetime.now(UTC)).total_seconds()
    day = 86400.0
    move_clock(at + 29 * day)
    await world.executor.sweep()
    assert folder.exists()
    move_clock(at + 31 * day)
    await world.executor.sweep()
    assert not folder.exists()
    assert stranger.exists()  # no run tells its age, and the folder itself is new
    os.utime(stranger, (0, 0))
    await world.executor.sweep()
    assert not stranger.exists()
    shutil.rmtree(world.folder)
    await world.executor.sweep()


async def test_folders_are_kept_for_the_days_of_the_policy_profile_and_never_taken_from_a_run_at_work(
    world, move_clock
):
    await world.profile(2, sharing__row_retention_days="5")
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.compare()
    waiting = (await world.compare())["id"]
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE comparison_run SET state = 'queued', finished_at = NULL WHERE id = :id"), {"id": waiting}
        )
    move_clock((now() - datetime.now(UTC)).total_seconds() + 6 * 86400.0)
    await world.executor.sweep()
    assert inputs.runs_in(world.folder) == [waiting]


async def test_run_of_a_period_whose_rows_were_deleted_fails_and_its_findings_stand(world, move_clock):
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "10000.00"))
    await world.compare()
    before = await world.findings()
    assert before
    move_clock((datetime(2027, 6, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    assert await delete_expired_rows(world.database, world.executor._lake) == 1
    run = await world.compare()
    assert (run["state"], run["error_code"]) == ("failed", "sharing.comparison.rows_deleted")
    assert await world.findings() == before
