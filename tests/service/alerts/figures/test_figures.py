"""Figures: computed by who owns the facts, frozen, rolled up, with the list behind each number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE
from figures_case import Month, china, clue

Headers = Callable[..., dict[str, str]]
READ, WRITE = "figures:read", "figures:write"
CITY = "990100000000"
VALUES = "/v1/indicators/clues_raised/values"


async def get(client: httpx.AsyncClient, path: str, caller: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = await client.get(path, params=query or None, headers=caller)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_number_is_computed_rolled_up_and_has_its_list(
    client: httpx.AsyncClient, headers: Headers, month: Month
) -> None:
    """F-F03, F-G41: village, township and county add up; the list behind a number is as long as it says."""
    county = headers(READ)
    pending = await get(client, VALUES, county, period="2026-11")
    assert (pending["state"], pending["whole"], pending["items"]) == ("pending", None, [])
    assert pending["missing"][0]["zh"] == "预警服务尚未生成"

    inside = [
        clue(VILLAGE, china("2026-11-01", "00:00:00")),
        clue(VILLAGE, china("2026-11-30", "23:59:59"), risk_type="11", channels=["CH3", "CH2"]),
        clue(OTHER_VILLAGE, china("2026-11-15")),
    ]
    outside = [clue(VILLAGE, china("2026-10-31", "23:59:59")), clue(VILLAGE, china("2026-12-01", "00:00:00"))]
    ids = [await month.plant("clue", **row) for row in inside + outside]
    await month.publish("clues_raised")

    villages = await get(client, VALUES, county, period="2026-11", level="village")
    assert villages["state"] == "final"
    assert {row["area_code"]: row["value"] for row in villages["items"]} == {VILLAGE: "2", OTHER_VILLAGE: "1"}
    assert villages["whole"]["value"] == "3"
    towns = await get(client, VALUES, county, period="2026-11", level="township")
    assert sum(int(row["value"]) for row in towns["items"]) == 3

    by_risk = await get(client, VALUES, county, period="2026-11", dimension="risk", area_code=TOWN)
    assert {row["part"]: row["value"] for row in by_risk["items"]} == {"01": "1", "11": "1"}
    assert [row["part_name"]["zh"] for row in by_risk["items"]] == ["因病", "因安全住房"]
    by_channel = await get(client, VALUES, county, period="2026-11", dimension="channel", area_code=TOWN)
    assert {row["part"]: row["value"] for row in by_channel["items"]} == {"CH3": "2", "CH2": "1"}
    assert by_channel["whole"]["value"] == "2", "a clue of two channels counts once in the whole"

    behind = await get(client, villages["whole"]["members"], county)
    assert (behind["total"], behind["sum"], behind["unlisted"]) == (3, "3", "0")
    assert {row["subject_id"] for row in behind["items"]} == set(ids[:3])
    of_risk = await get(client, by_risk["items"][1]["members"], county)
    assert [row["subject_id"] for row in of_risk["items"]] == [ids[1]]

    foreign = await client.get(
        VALUES, params={"period": "2026-11", "area_code": COUNTY}, headers=headers(READ, areas=[TOWN])
    )
    assert (foreign.status_code, foreign.json()["code"]) == (404, "area_outside")
    own = await get(client, VALUES, headers(READ, areas=[TOWN]), period="2026-11")
    assert own["whole"]["value"] == "2"

    city = await get(client, VALUES, headers(READ, areas=[CITY]), period="2026-11", level="county")
    assert [(row["shown"], row["value"], row["members"]) for row in city["items"]] == [("<5", None, None)]
    kept = await client.get(villages["whole"]["members"], headers=headers(READ, areas=[CITY]))
    assert (kept.status_code, kept.json()["code"]) == (403, "indicators.members_kept")
