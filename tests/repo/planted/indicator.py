"""What must hold once docs/extending.md's indicator is planted: it is told, computed, and has its list."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from alerts_world import VILLAGE
from figures_case import Month, china, clue

NAME = "clues_severe"


async def test_the_planted_indicator_is_told_computed_and_listed(
    client: httpx.AsyncClient, headers: Callable[..., dict[str, str]], month: Month
) -> None:
    caller = headers("figures:read")
    told = (await client.get("/v1/indicators", headers=caller)).json()["items"]
    assert [each["zh"] for each in told if each["id"] == NAME] == ["新发现红色线索"]
    red = await month.plant("clue", **clue(VILLAGE, china("2026-11-10"), severity="RED"))
    await month.plant("clue", **clue(VILLAGE, china("2026-11-10")))
    await month.publish(NAME)
    shown = (await client.get(f"/v1/indicators/{NAME}/values", params={"period": "2026-11"}, headers=caller)).json()
    assert shown["whole"]["value"] == "1"
    behind = (await client.get(shown["whole"]["members"], headers=caller)).json()
    assert [row["subject_id"] for row in behind["items"]] == [red]
