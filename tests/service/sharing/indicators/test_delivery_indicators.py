"""Indicators of sharing against a naive count over planted deliveries and rows, on and beside every edge."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from indicator_case import Json, Month, china, on
from servicekit.ids import new_id

COUNTY, TOWN = "990101000000", "990101101000"
_NUMBERS = itertools.count(1)
DAYS = ["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"]


async def owe(month: Month, number: int, due_on: str, *, is_open: bool, department: str) -> str:
    dataset = f"DS-T{number:03d}"
    said = {
        "kind": "D01",
        "subject_id": f"{dataset}/2026-10",
        "area_code": COUNTY,
        "department": department,
        "due_on": due_on,
    }
    row = {"id": f"D01-{dataset}", "revision": 1, "is_open": is_open, "said": Json(said)}
    await month.add("duty_said", row)
    return dataset


async def deliver(month: Month, dataset: str, day: str, **more: Any) -> None:
    row = {
        "id": f"d-{dataset}-{day}-{len(more)}", "dataset": dataset, "department": "MED", "period": "2026-10",
        "area_code": COUNTY, "kind": "full", "state": "committed", "opened_by": "x", "opened_at": china(day),
        "active_at": china(day), "closed_at": china(day, "23:59:59"), "due_on": on("2026-11-15"),
        "commit_seq": next(_NUMBERS), "receipt_no": new_id(), "rows_accepted": 1, "rows_rejected": 0, "is_late": False,
    } | more  # fmt: skip
    await month.add("delivery", row)


async def test_data_delivered_by_their_day(month: Month) -> None:
    """RP-01: complete on the last minute of the day is in time; a correction or single records are no list."""
    owed: Counter[str] = Counter()
    timely: Counter[str] = Counter()
    for number, (due, came) in enumerate(itertools.product(DAYS, [None, *DAYS])):
        department = ("MED", "CIV")[number % 2]
        dataset = await owe(month, number, due, is_open=came is None, department=department)
        if came:
            await deliver(month, dataset, came)
        if number % 3 == 0:  # neither makes it come
            await deliver(month, dataset, "2026-10-01", is_addition=True)
            await deliver(month, dataset, "2026-10-02", state="refused", commit_seq=None)
        if due in ("2026-11-01", "2026-11-30"):
            owed[department] += 1
            timely[department] += bool(came and came <= due)
    await owe(month, 900, "2026-11-15", is_open=False, department="MED")  # nobody owes it any more
    await month.compute("deliveries_on_time")
    cells = await month.cells("deliveries_on_time", "department")
    assert cells == {(COUNTY, name): (timely[name], number) for name, number in owed.items()}
    assert timely["MED"]
    assert timely["CIV"]


async def test_rows_that_waited_at_the_end(month: Month) -> None:
    """Opened before the end, and decided after it if at all."""
    before, after = china("2026-11-30", "23:59:59"), china("2026-12-01", "00:00:00")
    counted = set()
    for number, (opened, state, changed) in enumerate(
        [(before, "open", before), (after, "open", after), (before, "checked", before), (before, "checked", after)]
    ):
        row = {
            "id": f"0199a5c0-0000-7000-8000-00000000000{number}", "kind": "name_differs", "dataset": "DS-MED-INS",
            "department": "MED", "period": "2026-10", "area_code": TOWN, "id_token": f"t{number}", "person_token": "p",
            "state": state, "due_on": on("2026-12-10"), "opened_at": opened, "changed_at": changed, "version": 1,
            "history": Json([]),
        }  # fmt: skip
        await month.add("worklist_row", row)
        if number in (0, 3):
            counted.add(row["id"])
    await month.compute("worklist_open")
    assert await month.members("worklist_open") == counted
