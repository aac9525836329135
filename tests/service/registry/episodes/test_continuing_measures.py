"""Policies that go on after the risk is eliminated: what, and until when (F-G05)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from elimination_case import eliminated, measure_of, monitored

from servicekit import clock


async def test_a_household_keeps_what_goes_on_after_elimination_until_its_day(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, headers: Any, move_clock: Any
) -> None:
    """F-G05: households whose risk is eliminated keep their policies and stay visible."""
    (case,) = await monitored(client, county, levels, 380, 1)
    number = (await case.read())["id"]
    today = clock.today()
    until = today + timedelta(days=90)
    place = f"/v1/households/{case.household}/continuing-measures"

    async def listed(caller: dict[str, str] = county) -> list[dict[str, Any]]:
        answer = await client.get(place, headers=caller)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    relief = measure_of("CIV") | {"category": "M10", "item": "临时救助", "continues_until": until.isoformat()}
    planned = await client.post(f"/v1/episodes/{number}/measures", json=relief, headers=county)
    assert (planned.status_code, planned.json()["continues_until"]) == (201, until.isoformat()), planned.text
    done = {"state": "implemented", "implemented_on": today.isoformat(), "evidence": "R-9"}
    early = {**done, "continues_until": (today - timedelta(days=1)).isoformat()}
    refused = await client.patch(planned.headers["location"], json=early, headers=county)
    assert [error["code"] for error in refused.json()["errors"]] == ["continues_until.range"]
    assert (await client.patch(planned.headers["location"], json=done, headers=county)).status_code == 200
    assert await listed() == [], "the household is monitored still"

    await eliminated(case, move_clock)
    [kept] = await listed()
    assert (kept["item"], kept["goes_on"], kept["continues_until"], kept["is_running"]) == (
        "临时救助", "agreed", until.isoformat(), True,
    )  # fmt: skip
    assert kept["eliminated_on"] == clock.today().isoformat()
    assert await listed(headers(department="MED", client_id="med")) == []
    assert (await client.get(place, headers=headers(areas=["990101102000"], client_id="o"))).status_code == 404
    move_clock(100 * 86400.0)
    assert [each["is_running"] for each in await listed()] == [False], "it stays on the list, as over"
