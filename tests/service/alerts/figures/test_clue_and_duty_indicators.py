"""Indicators of clues, gaps and duties against a naive count over planted facts, on and beside every edge."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, VILLAGE
from figures_case import Month, china, clue, duty, on

from contracts.indicators import of_service
from indicator_case import Json
from servicekit.clock import CHINA
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
Row = dict[str, Any]
EDGES = [("2026-10-31", "23:59:59"), ("2026-11-01", "00:00:00"), ("2026-11-30", "23:59:59"), ("2026-12-01", "00:00:00")]
FIRST, LAST = on("2026-11-01"), on("2026-11-30")


def in_november(at: datetime) -> bool:
    return at.astimezone(CHINA).strftime("%Y-%m") == "2026-11"


def totals(rows: Iterable[tuple[str, int]]) -> Counter[str]:
    """Add up by village."""
    counted: Counter[str] = Counter()
    for village, number in rows:
        counted[village] += number
    return counted


def seen(cells: dict[tuple[str, str], tuple[int, int | None]]) -> dict[str, tuple[int, int | None]]:
    return {area: amount for (area, _), amount in cells.items()}


@pytest.fixture
async def clues(month: Month) -> list[Row]:
    """Clues raised, due, visited and told of on and beside the edges of the month, in two villages."""
    await month.run("TRUNCATE clue CASCADE")
    planted = []
    for number, (raised, due, visited) in enumerate(itertools.product(EDGES, [None, *EDGES], [None, 0, 1])):
        due_at = china(*due) if due else None
        village = (VILLAGE, OTHER_VILLAGE)[number % 2]
        row = clue(village, china(*raised), due_at=due_at, risk_type=("01", "11", "20")[number % 3])
        if visited is not None:
            day = (due_at or row["raised_at"]).astimezone(CHINA).date() + timedelta(days=visited)
            told = china(*EDGES[number % 4])
            row |= {"state": "confirmed_policy", "visited_on": day, "verified_at": told, "updated_at": told}
        elif number % 5 == 0:
            gone = china("2026-11-20")
            row |= {"state": "withdrawn", "closed_because": "findings_withdrawn", "updated_at": gone}
        planted.append(row | {"id": await month.plant("clue", **row)})
    return planted


async def test_clues_raised_verified_and_open(month: Month, clues: list[Row]) -> None:
    """RP-01: what was raised, was due and was settled, each on the right side of midnight in China."""
    await month.compute("clues_raised", "clues_verified_on_time", "clues_open")
    raised = totals((row["area_code"], 1) for row in clues if in_november(row["raised_at"]))
    assert seen(await month.cells("clues_raised")) == {village: (n, None) for village, n in raised.items()}

    due = [row for row in clues if row["due_at"] and in_november(row["due_at"]) and not row.get("closed_because")]
    timely = totals(
        (row["area_code"], int("visited_on" in row and row["visited_on"] <= row["due_at"].astimezone(CHINA).date()))
        for row in due
    )
    owed = totals((row["area_code"], 1) for row in due)
    assert owed
    assert timely
    assert seen(await month.cells("clues_verified_on_time")) == {v: (timely[v], owed[v]) for v in owed}

    end = china("2026-12-01", "00:00:00")
    left = [
        row for row in clues if row["raised_at"] < end and (row["state"] == "dispatched" or row["updated_at"] >= end)
    ]
    still = totals((row["area_code"], 1) for row in left)
    assert seen(await month.cells("clues_open")) == {village: (n, None) for village, n in still.items()}
    assert await month.members("clues_open") == {row["id"] for row in left}


async def test_a_clue_counts_where_its_household_lived_at_the_end(month: Month) -> None:
    """Moved in December it counts where it was in November; moved in November where it went."""
    await month.run("TRUNCATE clue CASCADE")
    for moved_at, ids in ((china("2026-12-01", "00:00:00"), "late"), (china("2026-11-30", "23:59:59"), "early")):
        clue_id = await month.plant("clue", **clue(OTHER_VILLAGE, china("2026-11-10"), household_id=f"hh-{ids}"))
        [[position]] = await month.run("SELECT coalesce(max(position), 0) + 1 FROM alert")
        alert = {
            "position": position, "event_id": new_id(), "clue_id": clue_id, "household_id": f"hh-{ids}",
            "area_code": OTHER_VILLAGE, "kind": "moved", "risk_type": "01", "severity": "ORANGE",
            "published_at": moved_at, "data": Json({"moved_from": VILLAGE}),
        }  # fmt: skip
        await month.add("alert", alert)
    await month.compute("clues_raised")
    assert seen(await month.cells("clues_raised")) == {VILLAGE: (1, None), OTHER_VILLAGE: (1, None)}


@pytest.fixture
async def duties(month: Month) -> list[Row]:
    """Duties due, done, cancelled and paused on and beside the edges of the month."""
    await month.run("TRUNCATE duty CASCADE")
    days = ["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"]
    planted = []
    for number, (kind, due, done) in enumerate(itertools.product(["D06", "D07", "D10", "D03"], days, [None, *days])):
        row = duty(kind, (VILLAGE, OTHER_VILLAGE)[number % 2], due, done)
        row |= {"is_paused": number % 7 == 3 and done is None, "department": ("HRS", None)[number % 2]}
        if done and number % 6 == 5:
            row["state"] = "cancelled"
        planted.append(row)
        await month.plant("duty", **row)
    return planted


async def test_duties_done_in_time_and_late(month: Month, duties: list[Row]) -> None:
    """RP-01: plans, first measures and look-backs by their day; what was late when the month ended, by kind."""
    await month.compute()
    kinds = {"plans_on_time": "D06", "first_measures_on_time": "D07", "look_backs_on_time": "D10", "duties_on_time": ""}
    for name, kind in kinds.items():
        owed = [
            row
            for row in duties
            if row["kind"].startswith(kind) and FIRST <= row["due_on"] <= LAST
            and row["state"] != "cancelled" and not row["is_paused"]
        ]  # fmt: skip
        done = totals((row["area_code"], int(_was_timely(row))) for row in owed)
        number = totals((row["area_code"], 1) for row in owed)
        assert seen(await month.cells(name)) == {village: (done[village], number[village]) for village in number}, name

    late = [
        row
        for row in duties
        if row["due_on"] <= LAST and not row["is_paused"] and (row["closed_on"] is None or row["closed_on"] > LAST)
    ]
    assert await month.members("duties_overdue") == {row["id"] for row in late}
    by_kind = Counter((row["area_code"], row["kind"]) for row in late)
    cells = await month.cells("duties_overdue", "duty")
    assert {place: number for place, (number, _) in cells.items()} == dict(by_kind)


def _was_timely(row: Row) -> bool:
    closed: date | None = row["closed_on"]
    return row["state"] == "done" and closed is not None and closed <= row["due_on"]


async def test_every_level_adds_up(
    client: httpx.AsyncClient, headers: Headers, month: Month, clues: list[Row], duties: list[Row]
) -> None:
    """Villages, townships, county and the lists behind them come to the same, whole and by every dimension."""
    await month.publish()
    caller = headers("figures:read")
    for indicator in of_service("alerts"):
        where = f"/v1/indicators/{indicator.id}/values"
        query = {"period": month.period, "area_code": COUNTY, "limit": "200"}
        whole = None
        for level in ("county", "township", "village"):
            answer = (await client.get(where, params=query | {"level": level}, headers=caller)).json()
            added = [sum(float(row[name] or 0) for row in answer["items"]) for name in ("numerator", "denominator")]
            whole = whole or added
            assert added == whole, (indicator.id, level)
            assert [float(answer["whole"][name] or 0) for name in ("numerator", "denominator")] == whole
        behind = await client.get(answer["whole"]["members"], headers=caller)
        assert float(behind.json()["sum"]) == whole[0], indicator.id
        for dimension in indicator.dimensions:
            parts = (await client.get(where, params=query | {"dimension": dimension}, headers=caller)).json()["items"]
            for row in parts:
                listed = (await client.get(row["members"], headers=caller)).json()
                assert listed["sum"] == row["numerator"], (indicator.id, dimension, row["part"])
