"""The data that departments owe a county are duties until they are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from contracts.registry import HouseholdSnapshotTaken
from servicekit.db import Database
from sharing.catalogue.service import load_datasets
from sharing.directory.service import take_snapshots
from sharing.duties.service import follow_job

from .conftest import WRITER, Api, fee, person

COUNTY, VILLAGE = "990177000000", "990177101201"
FEE, ENROL = "DS-EDU-FEE", "DS-MED-ENROL"


def enrolled(*indices: int) -> bytes:
    fixed = {"year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}
    return b"\n".join(orjson.dumps(person(index) | fixed) for index in indices)


@pytest.fixture
async def known(sharing_database: Database) -> Database:
    async with sharing_database.transaction() as session:
        home = HouseholdSnapshotTaken(
            household_id="owed-1", version=1, area_code=VILLAGE, hh_type="0", status="active", housing_tenure="owned"
        )
        await take_snapshots(session, [home])
    return sharing_database


async def test_data_of_a_month_are_a_duty_of_their_department_until_they_are_there(
    known: Database, business_clock: Callable[[datetime], None], api_of: Callable[..., Api]
) -> None:
    told = 0

    async def said() -> dict[tuple[str, str], dict[str, Any]]:
        """What is new, by dataset and month."""
        nonlocal told
        for _ in range(2):  # again: nothing is announced twice
            await follow_job(known)()
        async with known.transaction() as session:
            rows = await session.execute(
                text("SELECT id, data FROM outbox WHERE key LIKE 'D01-%-990177' AND id > :told ORDER BY id"),
                {"told": told},
            )
            found = rows.all()
        told = found[-1].id if found else told
        new = {tuple(row.data["subject_id"].split("/")): row.data for row in found}
        assert len(new) == len(found)
        return new

    business_clock(datetime(2026, 11, 10, 1, tzinfo=UTC))
    assert await said() == {}, "of the time before it was known nothing is owed"
    edu, med = api_of("EDU", *WRITER, areas=(COUNTY,)), api_of("MED", *WRITER, areas=(COUNTY,))
    await med.deliver(enrolled(*range(10)), ENROL, period="2026-10")
    business_clock(datetime(2026, 12, 1, 1, tzinfo=UTC))
    opened = await said()
    monthly = {code for code, dataset in load_datasets().items() if len(dataset.owed_months) == 12}
    assert set(opened) == {(code, "2026-11") for code in monthly}, "no quarter and no year ends with November"
    assert {(one["area_code"], one["due_on"]) for one in opened.values()} == {(COUNTY, "2026-12-15")}
    assert opened[FEE, "2026-11"]["department"] == "EDU"
    await edu.deliver(orjson.dumps(fee(1)), FEE, period="2026-11")
    torn = (await med.deliver(enrolled(1), ENROL, period="2026-11"))["delivery_id"]
    moved = await said()
    assert {key: (one["revision"], one.get("outcome")) for key, one in moved.items()} == {
        (FEE, "2026-11"): (2, "done"), (ENROL, "2026-11"): (2, None),
    }  # fmt: skip
    assert [(one["since"], one["until"]) for one in moved[ENROL, "2026-11"]["pauses"]] == [("2026-12-02", None)]
    business_clock(datetime(2026, 12, 5, 1, tzinfo=UTC))
    assert await said() == {}
    await med.post(f"/v1/deliveries/{torn}/withdraw", json={"reason": "漏报"})
    (again,) = (await said()).values()
    assert [(one["since"], one["until"]) for one in again["pauses"]] == [("2026-12-02", "2026-12-05")]
    assert (again["due_on"], again.get("outcome")) == ("2026-12-19", None), "four days did not count"
    business_clock(datetime(2027, 6, 1, 1, tzinfo=UTC))
    later = await said()
    assert {(month, one.get("outcome")) for (_, month), one in later.items()} == {
        ("2026-11", "cancelled"), *((f"{month}", None) for month in ("2026-12", "2027-01", "2027-02", "2027-03",
                                                                     "2027-04", "2027-05")),
    }  # fmt: skip
    assert (FEE, "2026-11") not in later, "it was done"


async def test_a_held_list_is_a_duty_of_its_department_until_it_is_decided(
    sharing_database: Database, business_clock: Callable[[datetime], None], api_of: Callable[..., Api]
) -> None:
    area = "990178000000"
    med = api_of("MED", areas=(area,))
    business_clock(datetime(2026, 11, 10, 1, tzinfo=UTC))
    await med.deliver(enrolled(*range(10)), ENROL)
    torn = (await med.deliver(enrolled(1), ENROL))["delivery_id"]

    async def said() -> list[tuple[int, str, str, str | None]]:
        for _ in range(2):  # again: nothing is announced twice
            await follow_job(sharing_database)()
        async with sharing_database.transaction() as session:
            rows = await session.execute(
                text("SELECT data FROM outbox WHERE key = :id ORDER BY id"), {"id": f"H01-{torn}"}
            )
            return [(one["revision"], one["area_code"], one["due_on"], one.get("outcome")) for one in rows.scalars()]

    assert await said() == [(1, area, "2026-11-12", None)]
    await med.post(f"/v1/deliveries/{torn}/withdraw", json={"reason": "漏报"})
    assert (await said())[1:] == [(2, area, "2026-11-12", "done")]
