"""Deadlines, nil returns, the ledger, single records, what counts for a period, and housekeeping."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts.registry import PolicyProfileActivated
from servicekit.db import Database
from servicekit.tokens import tokenisers
from sharing.catalogue.service import load_datasets
from sharing.deliveries import housekeeping
from sharing.deliveries.service import effective_parts
from sharing.policy.service import take_profiles
from sharing.settings import SharingSettings
from sharing.sources import Source

from .conftest import AREA, PERIOD, Api, fee, person

DUE = datetime(2026, 11, 15, 12, tzinfo=UTC)
BEFORE = datetime(2026, 11, 10, 1, tzinfo=UTC)


def line(**fields: Any) -> bytes:
    return (json.dumps(fields, ensure_ascii=False) + "\n").encode()


def everything_in(settings: SharingSettings) -> list[Path]:
    return sorted(Path(settings.lake).rglob("*"))


def roll(index: int, **changes: Any) -> dict[str, Any]:
    return person(index) | {
        "school": "红旗小学", "stage": "primary", "grade": 3, "roll_status": "enrolled", "present": True
    } | changes  # fmt: skip


async def effective(database: Database, api: Api, dataset: str, period: str) -> list[Source]:
    async with database.transaction() as session:
        return await effective_parts(session, [dataset], period, api.intake.lake)


@pytest.fixture(autouse=True)
def on_time(business_clock: Callable[[datetime], None]) -> Any:
    business_clock(BEFORE)
    yield business_clock
    business_clock(BEFORE)


async def test_a_nil_return_counts_and_supersedes(api_of: Callable[..., Api], sharing_database: Database) -> None:
    civ = api_of("CIV")
    body = {"dataset": "DS-CIV-TEMP", "period": PERIOD, "reason": "本月无临时救助"}
    row = person(1) | {"granted_on": "2026-10-02", "amount": "300", "reason": "因病"}
    first = await civ.deliver(line(**row), "DS-CIV-TEMP")
    held = (await civ.post("/v1/deliveries/nil", json=body)).json()
    assert (held["is_nil"], held["state"]) == (True, "held"), "nothing, after rows that count"
    path = f"/v1/deliveries/{held['delivery_id']}/release"
    receipt = (await civ.post(path, json={"reason": "原报一笔系误报"})).json()["receipt"]
    assert (receipt["is_nil"], receipt["rows_accepted"], receipt["supersedes"]) == (True, 0, first["delivery_id"])
    (source,) = await effective(sharing_database, civ, "DS-CIV-TEMP", PERIOD)
    assert (source.is_nil, source.paths, source.kind) == (True, (), "increment")
    edu = api_of("EDU")
    refused = await edu.post("/v1/deliveries/nil", json=body | {"dataset": "DS-EDU-ROLL"})
    assert (refused.status_code, refused.json()["code"]) == (409, "sharing.delivery.nil_not_allowed")


async def test_ledger_tells_on_time_late_missing_and_pending(
    api_of: Callable[..., Api], on_time: Callable[[datetime], None]
) -> None:
    """F-A06: the due day counts whole, in China's date; a late correction does not make a timely delivery late."""
    hou, bureau = api_of("HOU"), api_of(None)

    async def entry(dataset: str) -> dict[str, Any]:
        ledger = (await bureau.get("/v1/ledger", params={"period": PERIOD})).json()
        return next(item for item in ledger["entries"] if item["dataset"] == dataset)

    assert (await entry("DS-HOU-GRADE"))["status"] == "pending"
    assert (await entry("DS-HOU-GRADE"))["expected_by"] == "2026-11-15"
    house = person(1) | {
        "house_ref": "H1", "grade": "C级", "appraised_on": "2026-09-01", "sole_residence": "是", "measure": "未处置"
    }  # fmt: skip
    on_time(datetime(2026, 11, 15, 15, 59, tzinfo=UTC))  # 23:59 in China
    first = await hou.deliver(line(**house), "DS-HOU-GRADE")
    assert first["is_late"] is False
    on_time(datetime(2026, 11, 15, 16, 1, tzinfo=UTC))  # the sixteenth in China
    second = await hou.deliver(line(**house), "DS-HOU-GRADE")
    assert second["is_late"] is True
    shown = await entry("DS-HOU-GRADE")
    assert (shown["status"], shown["deliveries"]) == ("on_time", 2)
    assert (shown["delivery_id"], shown["rows_accepted"]) == (second["delivery_id"], 1)
    assert shown["received_at"] == first["committed_at"]
    assert (await entry("DS-MED-COST"))["status"] == "missing"
    med = api_of("MED")
    await med.post("/v1/deliveries/nil", json={"dataset": "DS-MED-COST", "period": PERIOD, "reason": "系统切换"})
    entries = (await med.get("/v1/ledger", params={"period": PERIOD})).json()["entries"]
    own = {code for code, dataset in load_datasets().items() if dataset.department == "MED"}
    assert {e["dataset"]: (e["status"], e["is_nil"]) for e in entries} == dict.fromkeys(own, ("missing", False)) | {
        "DS-MED-COST": ("late", True)
    }
    outside = await bureau.get("/v1/ledger", params={"period": PERIOD, "area": "110101000000"})
    assert outside.status_code == 404


async def test_due_day_and_open_months_come_from_the_policy_profile(
    api_of: Callable[..., Api], sharing_database: Database
) -> None:
    async with sharing_database.transaction() as session:
        await take_profiles(
            session,
            [
                PolicyProfileActivated(
                    region="990500000000", version=1, effective_from=date(2026, 1, 1),
                    source_document="测试",
                    parameters={"sharing.delivery_due_day": "8", "sharing.period_open_months": "1"},
                )
            ],
        )  # fmt: skip
    edu = api_of("EDU", areas=("990501000000",))
    assert (await edu.deliver(line(**fee(1))))["is_late"] is True
    closed = await edu.post("/v1/deliveries", json={"dataset": "DS-EDU-FEE", "period": "2026-09"})
    assert closed.json()["code"] == "sharing.period.closed"  # September was open until the end of October


async def test_a_full_dataset_gives_its_newest_list_and_the_records_after_it(
    api_of: Callable[..., Api], sharing_database: Database
) -> None:
    edu = api_of("EDU")
    assert await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD) == []

    async def push(index: int) -> str:
        answer = await edu.post("/v1/datasets/DS-EDU-ROLL/records", json={"period": PERIOD, "record": roll(index)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["delivery_id"])

    early = await push(1)
    assert [s.delivery_id for s in await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD)] == [early]
    base = (await edu.deliver(line(**roll(2)), "DS-EDU-ROLL"))["delivery_id"]
    later = await push(3)
    sources = await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD)
    assert [(s.delivery_id, s.kind) for s in sources] == [(base, "full"), (later, "record")]
    assert sources[0].commit_seq < sources[1].commit_seq
    assert await effective(sharing_database, edu, "DS-EDU-ROLL", "2026-11") == []  # last month's list has expired
    other = api_of("EDU", areas=("990102000000",))
    elsewhere = (await other.deliver(line(**roll(4)), "DS-EDU-ROLL"))["delivery_id"]
    sources = await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD)
    assert {s.delivery_id for s in sources} == {base, later, elsewhere}  # each area has a list of its own


async def test_a_record_is_committed_and_its_household_is_queued_for_comparison(
    api_of: Callable[..., Api], sharing_database: Database, settings: SharingSettings
) -> None:
    med = api_of("MED")
    who = person(7)
    record = who | {"参保年度": "2026", "险种": "城乡居民", "个人缴费": "380", "subsidy": 20.5}
    body = {"period": PERIOD, "record": record}
    token = tokenisers(settings.keyring("token_key"))["k1"].id_token(who["id_no"])
    async with sharing_database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO directory_household (household_id, version, area_code, hh_type, status, housing_tenure,"
                " is_resettled, is_monitored, open_risks) VALUES ('h7', 1, :area, '0', 'active', 'owned', false,"
                " false, '{}')"
            ),
            {"area": "990101101201"},
        )
        columns = {
            row.column_name: row for row in await session.execute(
                text("SELECT column_name, data_type, is_nullable FROM information_schema.columns"
                     " WHERE table_name = 'directory_person'")
            )
        }  # fmt: skip
        values = {"household_id": "'h7'", "person_id": "'p7'", "id_token": f"'{token}'"}
        for name, column in columns.items():
            if name not in values and column.is_nullable == "NO":
                values[name] = {"date": "'1980-01-01'", "boolean": "false", "ARRAY": "'{}'"}.get(
                    column.data_type, "'1'"
                )
        await session.execute(
            text(f"INSERT INTO directory_person ({', '.join(values)}) VALUES ({', '.join(values.values())})")
        )
    answer = await med.post("/v1/datasets/DS-MED-ENROL/records", json=body, headers={"Idempotency-Key": "r1"})
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["rows_accepted"] == 1
    again = await med.post("/v1/datasets/DS-MED-ENROL/records", json=body, headers={"Idempotency-Key": "r1"})
    assert again.json() == receipt
    async with sharing_database.transaction() as session:
        runs = (await session.execute(text("SELECT kind, period FROM comparison_run"))).all()
        stored = (await session.execute(text("SELECT string_agg(i::text, '') FROM idempotency i"))).scalar_one()
    assert [row.period for row in runs] == [PERIOD]
    assert who["id_no"] not in stored


async def test_a_bad_record_is_refused_with_pointers_and_leaves_nothing(
    api_of: Callable[..., Api], settings: SharingSettings
) -> None:
    med = api_of("MED")
    before = everything_in(settings)
    record = person(8) | {"year": "2026", "scheme": "商业", "personal_paid": -1, "subsidy": "1", "name": ""}
    answer = await med.post("/v1/datasets/DS-MED-ENROL/records", json={"period": PERIOD, "record": record})
    assert (answer.status_code, answer.json()["code"]) == (422, "sharing.record.rejected")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/record/name", "name.missing"),
        ("/record/scheme", "scheme.code"),
        ("/record/personal_paid", "personal_paid.range"),
    ]
    assert record["id_no"] not in answer.text
    few = {"period": PERIOD, "record": {"姓名": "张伟"}}
    missing = (await med.post("/v1/datasets/DS-MED-ENROL/records", json=few)).json()
    assert [error["code"] for error in missing["errors"]] == [
        "id_no.missing", "year.missing", "scheme.missing", "personal_paid.missing", "subsidy.missing"
    ]  # fmt: skip
    assert everything_in(settings) == before


async def test_rejected_rows_are_deleted_after_the_profiles_days(
    api_of: Callable[..., Api], sharing_database: Database, on_time: Callable[[datetime], None],
    lake_files: Callable[[str], list[Path]],
) -> None:  # fmt: skip
    edu = api_of("EDU")
    receipt = await edu.deliver(line(**fee(50)) + line(**fee(51, stage="?")), period="2026-09")
    delivery = receipt["delivery_id"]
    on_time(datetime(2026, 12, 9, tzinfo=UTC))
    await housekeeping.delete_expired_rejects(sharing_database, edu.intake.lake)
    assert len(lake_files(delivery)) == 2
    on_time(datetime(2026, 12, 11, tzinfo=UTC))  # more than 30 days later
    assert await housekeeping.delete_expired_rejects(sharing_database, edu.intake.lake) >= 1
    assert [file.suffix for file in lake_files(delivery)] == [".parquet"]
    gone = await edu.get(f"/v1/deliveries/{delivery}/rejects")
    assert (gone.status_code, gone.json()["code"]) == (404, "sharing.rejects.deleted")


async def test_idle_open_deliveries_are_given_up(
    api_of: Callable[..., Api], sharing_database: Database, on_time: Callable[[datetime], None],
    lake_files: Callable[[str], list[Path]],
) -> None:  # fmt: skip
    edu = api_of("EDU")
    delivery = await edu.open()
    await edu.put(delivery, 1, line(**fee(60)))
    on_time(datetime(2026, 11, 12, tzinfo=UTC))
    await housekeeping.give_up_idle(sharing_database, edu.intake.lake, after_h=72)
    assert (await edu.get(f"/v1/deliveries/{delivery}")).json()["state"] == "open"
    on_time(datetime(2026, 11, 14, tzinfo=UTC))
    await housekeeping.give_up_idle(sharing_database, edu.intake.lake, after_h=72)
    assert (await edu.get(f"/v1/deliveries/{delivery}")).json()["state"] == "abandoned"
    assert lake_files(delivery) == []


async def test_the_sweep_takes_what_a_crash_left_and_nothing_else(
    api_of: Callable[..., Api], sharing_database: Database, settings: SharingSettings,
    lake_files: Callable[[str], list[Path]],
) -> None:  # fmt: skip
    edu = api_of("EDU")
    delivery = (await edu.deliver(line(**fee(70)) + line(**fee(70)) + line(**fee(71, stage="?"))))["delivery_id"]
    kept = lake_files(delivery)
    assert [file.name.split("-")[0] for file in kept] == ["duplicates", "part", "rejects"]
    # Killed between moving the file into place and writing its manifest row, and in the middle of an upload.
    orphan = kept[0].with_name("part-00009-crashed.parquet")
    orphan.write_bytes(b"x")
    half = edu.intake.lake.incoming("crashed.parquet")
    half.write_bytes(b"x")
    old = time.time() - 7 * 3600
    for file in (*kept, orphan, half):
        os.utime(file, (old, old))
    fresh = edu.intake.lake.incoming("running.parquet")
    fresh.write_bytes(b"x")
    await housekeeping.sweep(sharing_database, edu.intake.lake)
    assert lake_files(delivery) == kept
    assert not half.exists()
    assert fresh.exists()
    fresh.unlink()
    assert AREA in str(orphan)
