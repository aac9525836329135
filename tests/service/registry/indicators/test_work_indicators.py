"""Indicators of what was done: measures, notices, sweeps, data quality, public posts; each edge has its near miss."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_VILLAGE, VILLAGE, household, member

from indicator_case import Json, Month, china, on
from servicekit.ids import new_id

Row = dict[str, Any]
EDGES = {"2026-10-31": False, "2026-11-01": True, "2026-11-30": True, "2026-12-01": False}


@pytest.fixture(scope="module")
async def homes(client: httpx.AsyncClient, county: dict[str, str]) -> list[Row]:
    """Two households in each of two villages."""
    found = []
    for number in range(4):
        village = (VILLAGE, OTHER_VILLAGE)[number % 2]
        body = household(f"99IW{number:04d}", member(10 + number), village_code=village)
        made = await client.post("/v1/households", json=body, headers=county)
        assert made.status_code == 201, made.text
        found.append({"id": made.json()["id"], "village": village})
    return found


async def test_measures_implemented_within_the_month(month: Month, homes: list[Row]) -> None:
    """RP-01: implemented on a day of the month, by category; planned, stopped and those of other months are none."""
    episode = await month.plant(
        "episode", household_id=homes[0]["id"], origin="clue", state="ASSISTING", risk_types=["01"], category="1",
        found_on=on("2026-09-01"), is_active=True, sequence=1, version=1, created_at=china("2026-09-01"),
        updated_at=china("2026-09-01"),
    )  # fmt: skip
    counted = set()
    for day, is_inside in EDGES.items():
        for state in ("implemented", "planned", "stopped"):
            id_ = await month.plant(
                "measure", episode_id=episode, household_id=homes[0]["id"], category="industry", item="x",
                risk_types=["01"], responsible_department="ARA", responsible_person="x", planned_on=on("2026-11-15"),
                state=state, implemented_on=on(day), created_at=china("2026-10-01"), updated_at=china("2026-10-01"),
            )  # fmt: skip
            if is_inside and state == "implemented":
                counted.add(id_)
    await month.compute("measures_implemented")
    assert await month.members("measures_implemented") == counted
    assert await month.cells("measures_implemented", "measure") == {(VILLAGE, "industry"): (2, None)}


async def test_notices_begun_within_the_month(month: Month) -> None:
    """RP-11: by their first day; what was withdrawn before the month ended was not published."""
    counted = set()
    withdrawals = [None, china("2026-11-30", "23:59:59"), china("2026-12-01", "00:00:00")]
    for day, is_inside in EDGES.items():
        for withdrawn in withdrawals:
            id_ = await month.plant(
                "notice", kind="publicity", area_code=VILLAGE, area_name="甲村", first_on=on(day),
                last_on=on("2026-12-20"), issuer="x", rows=Json([]), recorded_at=china("2026-10-01"), recorded_by="x",
                withdrawn_at=withdrawn, withdrawn_by=withdrawn and "x", withdrawn_why=withdrawn and "x",
            )  # fmt: skip
            if is_inside and withdrawn != withdrawals[1]:
                counted.add(id_)
    await month.compute("notices_published")
    assert await month.members("notices_published") == counted
    assert len(counted) == 4


async def test_coverage_of_the_sweeps_that_ended(month: Month, homes: list[Row]) -> None:
    """RP-12: met by the campaign's last day; refused, absent and late are not; cancelled campaigns are none."""
    states = [("no_risk", "2026-11-20"), ("refused", "2026-11-20"), ("risk_found", "2026-11-29"), ("open", None)]
    for last, cancelled in (("2026-11-28", None), ("2026-11-28", china("2026-11-10")), ("2026-12-01", None)):
        campaign = await month.plant(
            "campaign", kind="sweep", name="x", area_code=COUNTY, from_on=on("2026-11-01"), until_on=on(last),
            form_version="1", opened_at=china("2026-11-01"), opened_by="x", cancelled_at=cancelled,
            cancelled_by=cancelled and "x", cancelled_why=cancelled and "x",
        )  # fmt: skip
        for home, (state, day) in zip(homes, states, strict=True):
            task = {
                "campaign_id": campaign, "household_id": home["id"], "state": state, "visits": int(day is not None),
                "happened_on": day and on(day), "contact_id": new_id() if day else None,
            }  # fmt: skip
            await month.add("campaign_task", task)
    await month.compute("sweep_coverage")
    listed = await month.run(
        "SELECT m.household_id FROM indicator_member m JOIN indicator_run r ON r.id = m.run_id"
        " WHERE r.indicator_id = 'sweep_coverage' ORDER BY m.household_id"
    )
    assert [row.household_id for row in listed] == sorted(home["id"] for home in homes[1:]), "who was not met is listed"
    # 甲村: met in time, met on the 29th, a day late; 乙村: refused, nobody came.
    assert {area: amount for (area, _), amount in (await month.cells("sweep_coverage")).items()} == {
        VILLAGE: (1, 2),
        OTHER_VILLAGE: (0, 2),
    }


async def test_errors_of_data_that_stood_at_the_end(month: Month, homes: list[Row]) -> None:
    """RP-15: opened before the end, and neither mended nor accepted by it."""
    before, after = china("2026-11-30", "23:59:59"), china("2026-12-01", "00:00:00")
    await month.run("TRUNCATE quality_error")
    counted = set()
    for number, (opened, closed, accepted) in enumerate(
        [(before, None, None), (after, None, None), (before, before, None), (before, after, None),
         (before, None, before), (before, None, after)]
    ):  # fmt: skip
        id_ = await month.plant(
            "quality_error", household_id=homes[0]["id"], scope="household", subject_id=new_id(), rule=f"Q-H{number}",
            evidence=Json({}), opened_at=opened, closed_at=closed, accepted_at=accepted,
            accepted_by=accepted and "x", accepted_reason=accepted and "x",
        )  # fmt: skip
        if number in (0, 3, 5):
            counted.add(id_)
    await month.compute("data_errors_open")
    assert await month.members("data_errors_open") == counted


async def test_public_posts(month: Month, client: httpx.AsyncClient, county: dict[str, str]) -> None:
    """Members on a public post, by post; others of the household are none."""
    people = [member(100, public_post="forest"), member(101, relation="spouse", female=True)]
    body = household("99IW9000", *people, village_code=OTHER_VILLAGE)
    made = await client.post("/v1/households", json=body, headers=county)
    assert made.status_code == 201, made.text
    await month.compute("public_posts")
    assert await month.cells("public_posts", "post") == {(OTHER_VILLAGE, "forest"): (1, None)}
