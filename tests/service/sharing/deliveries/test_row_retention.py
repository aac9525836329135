"""How long delivered rows are kept: real Parquet files in the lake, the manifest in PostgreSQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts.registry import PolicyProfileActivated
from servicekit.db import Database
from sharing.deliveries import store
from sharing.deliveries.housekeeping import delete_expired_rows, sweep
from sharing.deliveries.service import RowsDeleted, effective_parts
from sharing.policy.service import take_profiles

from .conftest import PERIOD, Api, person

BEFORE = datetime(2026, 11, 10, 1, tzinfo=UTC)
Clock = Callable[[datetime], None]
Files = Callable[[str], list[Path]]


def roll(*indices: int) -> bytes:
    return b"".join(json.dumps(roll_row(index)).encode() + b"\n" for index in indices)


def roll_row(index: int) -> dict[str, Any]:
    return person(index) | {
        "school": "红旗小学", "stage": "primary", "grade": 3, "roll_status": "enrolled", "present": True
    }  # fmt: skip


def relief(index: int) -> bytes:
    row = person(index) | {"granted_on": "2026-10-02", "amount": "300", "reason": "因病"}
    return json.dumps(row).encode() + b"\n"


async def effective(database: Database, api: Api, dataset: str, period: str) -> list[str]:
    async with database.transaction() as session:
        sources = await effective_parts(session, [dataset], period, api.intake.lake)
    assert all(os.access(path, os.R_OK) for source in sources for path in source.paths)
    return [source.delivery_id for source in sources]


async def record_rows(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list((await session.execute(text("SELECT delivery_id FROM record_row"))).scalars())


async def shown(api: Api, delivery: str) -> dict[str, Any]:
    answer = await api.get(f"/v1/deliveries/{delivery}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def give_profile(database: Database, region: str, **parameters: str) -> None:
    profile = PolicyProfileActivated(
        region=region, version=1, effective_from=date(2026, 1, 1), source_document="测试",
        parameters={f"sharing.{name}": value for name, value in parameters.items()},
    )  # fmt: skip
    async with database.transaction() as session:
        await take_profiles(session, [profile])


@pytest.fixture(autouse=True)
def on(business_clock: Clock) -> Any:
    business_clock(BEFORE)
    yield business_clock
    business_clock(BEFORE)


async def test_superseded_rows_go_after_the_days_and_the_record_of_the_delivery_stays(
    api_of: Callable[..., Api], sharing_database: Database, on: Clock, lake_files: Files
) -> None:
    edu, civ = api_of("EDU"), api_of("CIV")
    lake = edu.intake.lake
    pushed = await edu.post("/v1/datasets/DS-EDU-ROLL/records", json={"period": PERIOD, "record": roll_row(1)})
    overtaken = pushed.json()["delivery_id"]  # the list that follows contains it
    contradicted = roll(1, *range(10, 20), 2) + json.dumps(roll_row(2) | {"grade": 4}).encode()
    old = (await edu.deliver(contradicted, "DS-EDU-ROLL"))["delivery_id"]
    increment = (await civ.deliver(relief(3), "DS-CIV-TEMP"))["delivery_id"]
    current = (await edu.deliver(roll(1, *range(10, 20), 2, 3), "DS-EDU-ROLL"))["delivery_id"]
    pushed = await edu.post("/v1/datasets/DS-EDU-ROLL/records", json={"period": PERIOD, "record": roll_row(4)})
    later = pushed.json()["delivery_id"]
    assert await record_rows(sharing_database) == [overtaken, later]
    before = await shown(edu, old)
    assert before["rows_deleted_at"] is None

    on(datetime(2026, 12, 10, 0, tzinfo=UTC))
    assert await delete_expired_rows(sharing_database, lake) == 0
    on(datetime(2026, 12, 11, tzinfo=UTC))
    assert await delete_expired_rows(sharing_database, lake) == 2
    assert [file.name.split("-")[0] for file in lake_files(old)] == [
        "duplicates", "identities",  # places, and who is to mend them while rejected rows are kept
    ]  # fmt: skip
    assert await record_rows(sharing_database) == [later]
    for kept in (current, increment):
        assert [file.suffix for file in lake_files(kept)] == [".parquet"]
    after = await shown(edu, old)
    assert after.pop("rows_deleted_at").startswith("2026-12-11")
    assert after == {name: value for name, value in before.items() if name != "rows_deleted_at"}
    assert (await edu.commit(old)).json() == before["receipt"]
    duplicates = await edu.get(f"/v1/deliveries/{old}/rejects")
    assert duplicates.status_code == 200
    assert [json.loads(line)["line"] for line in duplicates.text.splitlines()] == [12, 13]
    assert await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD) == [current, later]
    assert await effective(sharing_database, civ, "DS-CIV-TEMP", PERIOD) == [increment]

    assert await delete_expired_rows(sharing_database, lake) == 0
    await sweep(sharing_database, lake, older_than_s=-1)
    assert [len(lake_files(kept)) for kept in (old, current, increment)] == [2, 1, 1]


async def test_rows_go_when_no_open_period_can_need_them_and_an_increment_stays_for_its_window(
    api_of: Callable[..., Api], sharing_database: Database, on: Clock, lake_files: Files
) -> None:
    edu, civ = api_of("EDU"), api_of("CIV")
    lake = edu.intake.lake
    listed = (await edu.deliver(roll(*range(1, 4), *range(10, 20)), "DS-EDU-ROLL"))["delivery_id"]
    increment = (await civ.deliver(relief(3), "DS-CIV-TEMP"))["delivery_id"]
    on(datetime(2027, 5, 30, 12, tzinfo=UTC))  # October was open until 30 April; the thirtieth day after
    await delete_expired_rows(sharing_database, lake)  # superseded ones of the test before
    assert await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD) == [listed]
    on(datetime(2027, 5, 30, 17, tzinfo=UTC))  # the next day in China
    assert await delete_expired_rows(sharing_database, lake) >= 1
    assert lake_files(listed) == []
    assert await delete_expired_rows(sharing_database, lake) == 0
    with pytest.raises(RowsDeleted):
        await effective(sharing_database, edu, "DS-EDU-ROLL", PERIOD)
    assert await effective(sharing_database, civ, "DS-CIV-TEMP", "2027-09") == [increment]
    on(datetime(2028, 4, 30, 12, tzinfo=UTC))  # September 2027 was open until 31 March
    assert await delete_expired_rows(sharing_database, lake) == 0
    on(datetime(2028, 5, 1, 12, tzinfo=UTC))
    assert await delete_expired_rows(sharing_database, lake) == 1
    assert lake_files(increment) == []
    with pytest.raises(RowsDeleted):
        await effective(sharing_database, civ, "DS-CIV-TEMP", "2027-09")
    assert await effective(sharing_database, civ, "DS-CIV-TEMP", "2027-10") == []


async def test_a_crash_between_files_and_mark_is_repaired_by_the_next_pass(
    api_of: Callable[..., Api], sharing_database: Database, on: Clock, lake_files: Files,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    edu = api_of("EDU", areas=("990300000000",))
    await give_profile(sharing_database, "990300000000", row_retention_days="5")
    old = (await edu.deliver(roll(1), "DS-EDU-ROLL"))["delivery_id"]
    await edu.deliver(roll(2), "DS-EDU-ROLL")

    async def crash(*_: Any) -> None:
        raise ConnectionError

    on(datetime(2026, 11, 16, tzinfo=UTC))  # the profile says five days, not thirty
    with monkeypatch.context() as patch:
        patch.setattr(store, "mark_rows_deleted", crash)
        with pytest.raises(ConnectionError):
            await delete_expired_rows(sharing_database, edu.intake.lake)
    assert lake_files(old) == []
    assert (await shown(edu, old))["rows_deleted_at"] is None
    assert await delete_expired_rows(sharing_database, edu.intake.lake) == 1
    assert (await shown(edu, old))["rows_deleted_at"] is not None
    assert await delete_expired_rows(sharing_database, edu.intake.lake) == 0


async def test_rows_stay_while_their_period_is_open_for_another_area(
    api_of: Callable[..., Api], sharing_database: Database, on: Clock, lake_files: Files
) -> None:
    """A comparison reads all areas: without these rows it would see a county without data."""
    edu, other = api_of("EDU"), api_of("HOU", areas=("990600000000",))
    await give_profile(sharing_database, "990600000000", period_open_months="8")
    listed = (await edu.deliver(roll(*range(1, 4), *range(10, 20)), "DS-EDU-ROLL"))["delivery_id"]
    body = {"dataset": "DS-HOU-GRADE", "period": PERIOD, "reason": "本月无鉴定"}
    assert (await other.post("/v1/deliveries/nil", json=body)).status_code in (200, 201)
    on(datetime(2027, 7, 30, 12, tzinfo=UTC))
    await delete_expired_rows(sharing_database, edu.intake.lake)
    assert len(lake_files(listed)) == 1
    on(datetime(2027, 7, 31, 12, tzinfo=UTC))
    assert await delete_expired_rows(sharing_database, edu.intake.lake) >= 1
    assert lake_files(listed) == []
