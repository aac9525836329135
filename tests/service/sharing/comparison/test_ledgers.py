"""Rows that are of no person through the service: delivered, refused, pushed singly, compared, kept by month."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import VILLAGE, World

pytestmark = pytest.mark.anyio
EVENT = {
    "scheme": "红旗供水",
    "village_code": VILLAGE,
    "event_kind": "outage",
    "from_on": "2026-10-10",
    "to_on": "2026-10-14",
}
FUND = {
    "area_code": "990101000000", "fund_year": 2026, "fund_source": "central", "budget": "1000000.00",
    "spent": "600000.00", "industry_budget": "650000.00",
}  # fmt: skip


async def send(world: World, dataset: str, *rows: dict[str, Any], department: str, **options: Any) -> dict[str, Any]:
    """Deliver rows as they are; give the answer to the part and the receipt."""
    headers = world.headers(department=department, **options)
    opened = await world.client.post(
        "/v1/deliveries", json={"dataset": dataset, "period": world.period}, headers=headers
    )
    assert opened.status_code == 201, opened.text
    place = f"/v1/deliveries/{opened.json()['id']}"
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    part = await world.client.put(
        f"{place}/parts/1", content=lines.encode(), headers=headers | {"Content-Type": "application/x-ndjson"}
    )
    assert part.status_code == 200, part.text
    receipt = await world.client.post(f"{place}/commit", json={"part_count": 1}, headers=headers)
    assert receipt.status_code == 200, receipt.text
    return {"part": part.json(), "receipt": receipt.json(), "place": place, "headers": headers}


async def water(world: World) -> list[tuple[str, str]]:
    return [
        (each["household_id"], each["severity"]) for each in await world.findings(rules={"R-WAT-02"}, period="2026-10")
    ]


async def test_an_outage_is_found_and_gone_when_it_was_reported_by_mistake(world: World) -> None:
    """F-B11: events of the water without ID numbers become findings of households, and follow their correction."""
    await world.household("h1", {"serial": 1}, hh_type="1")
    await world.household("h2", {"serial": 2})
    sent = await send(world, "DS-WAT-EVENT", EVENT, EVENT, department="WAT")
    assert (sent["receipt"]["rows_accepted"], sent["receipt"]["rows_duplicate"]) == (1, 1)
    await world.compare()
    assert await water(world) == [("h1", "ORANGE")]
    pushed = await world.client.post(
        "/v1/datasets/DS-WAT-EVENT/records",
        json={"period": "2026-10", "record": EVENT | {"cancelled": True}},
        headers=world.headers(department="WAT") | {"Idempotency-Key": "k-1"},
    )
    assert pushed.status_code == 201, pushed.text
    await world.compare()
    assert await water(world) == []


async def test_rows_of_other_places_and_of_none_are_refused_and_come_back(world: World) -> None:
    rows = (EVENT, EVENT | {"village_code": "990102101201"}, EVENT | {"village_code": "红旗村"})
    sent = await send(world, "DS-WAT-EVENT", *rows, department="WAT", areas=("990101000000",))
    counts = {"village_code.outside": 1, "village_code.area": 1}
    assert (sent["part"]["accepted"], sent["part"]["reject_counts"]) == (1, counts)
    rejects = await world.client.get(f"{sent['place']}/rejects", headers=sent["headers"])
    back = [json.loads(line) for line in rejects.text.splitlines()]
    assert [row["code"] for row in back] == ["village_code.outside", "village_code.area"]
    assert "证件号码" not in rejects.text


async def test_rows_that_contradict_each_other_wait_for_the_department(world: World) -> None:
    await world.household("h1", {"serial": 1}, hh_type="1")
    sent = await send(world, "DS-WAT-EVENT", EVENT, EVENT | {"hours": 3}, department="WAT")
    assert (sent["receipt"]["rows_accepted"], sent["receipt"]["rows_quarantined"]) == (0, 2)
    await world.compare()
    assert await water(world) == []
    listed = await world.client.get("/v1/worklist", params={"dataset": "DS-WAT-EVENT"}, headers=sent["headers"])
    assert {row["kind"] for row in listed.json()["items"]} == {"contradicts"}


async def test_a_month_is_kept_as_it_counted_and_follows_a_newer_list(world: World) -> None:
    await world.household("h1", {"serial": 1})
    await send(world, "DS-FIN-PROGRESS", FUND, FUND | {"fund_source": "county"}, department="FIN")
    await world.compare()
    await send(world, "DS-FIN-PROGRESS", FUND | {"spent": "700000.00"}, department="FIN")
    await world.compare()
    kept = await world.rows(
        "SELECT period, area_code, fields ->> 'spent' FROM ledger_row WHERE dataset = 'DS-FIN-PROGRESS'"
    )
    held = await world.rows("SELECT count(*) FROM delivery WHERE dataset = 'DS-FIN-PROGRESS' AND state = 'held'")
    assert held == [(0,)]
    assert kept == [("2026-10", "990101000000", "700000.00")]


async def _get(world: World, path: str, headers: dict[str, str] | None = None, **params: str) -> dict[str, Any]:
    answer = await world.client.get(path, params=params, headers=headers or world.headers("figures:read"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_funds_are_held_against_their_milestones_by_month_and_area(world: World) -> None:
    """F-E01: red or green by the last milestone; a township has its own funds, another department none."""
    empty = await _get(world, "/v1/funds")
    assert (empty["period"], empty["read_at"], empty["items"]) == (None, None, [])
    await world.household("h1", {"serial": 1})
    town = FUND | {"area_code": "990101101000", "spent": "900000.00"}
    world.period = "2026-09"
    await send(world, "DS-FIN-PROGRESS", FUND | {"spent": "650000.00"}, department="FIN")
    await world.compare()
    world.period = "2026-10"
    await send(world, "DS-FIN-PROGRESS", FUND, town, department="FIN")
    await world.compare()
    found = await _get(world, "/v1/funds")
    assert (found["period"], found["total"], found["red"]) == ("2026-10", 2, 1)
    [county, township] = found["items"]
    assert (county["status"], county["progress"], county["fallen_by"]) == ("red", "0.6000", "50000.00")
    assert (county["due"]["by"], county["due"]["parameter"]) == ("2026-09-30", "funds.spent_by_september")
    assert (township["status"], township["industry_status"], township["fallen_by"]) == ("green", "green", None)
    assert [each["fund_source_label"] for each in found["items"]] == ["中央", "中央"]
    own = world.headers("figures:read", areas=("990101101000",))
    assert [each["area_code"] for each in (await _get(world, "/v1/funds", own))["items"]] == ["990101101000"]
    before = await _get(world, "/v1/funds", period="2026-09")
    assert [each["spent"] for each in before["items"]] == ["650000.00"]
    first = await _get(world, "/v1/funds", limit="1")
    second = await _get(world, "/v1/funds", limit="1", cursor=first["next_cursor"])
    assert [first["items"][0]["area_code"], second["items"][0]["area_code"]] == ["990101000000", "990101101000"]
    assert second["next_cursor"] is None
    assert [each["status"] for each in (await _get(world, "/v1/funds", status="red"))["items"]] == ["red"]
    foreign = await world.client.get("/v1/funds", params={"area": "990101102000"}, headers=own)
    assert foreign.status_code == 404, foreign.text
    others = world.headers("figures:read", department="CIV")
    refused = await world.client.get("/v1/funds", headers=others)
    assert refused.status_code == 403, refused.text


async def test_projects_are_followed_by_five_dates_and_money_that_gathers_is_told(world: World) -> None:
    """F-E02, F-E07."""
    await world.household("h1", {"serial": 1})
    project = {
        "project_no": "P1", "project_name": "大棚", "area_code": VILLAGE, "project_year": 2026, "category": "industry",
        "entity": "甲合作社", "fund_source": "central", "amount": "500.00", "state": "running",
        "prepared_on": "2026-01-20", "tendered_on": "2026-03-20", "started_on": "2026-06-01",
        "finished_on": "2026-09-01",
    }  # fmt: skip
    other = {name: value for name, value in project.items() if not name.endswith("_on")}
    other |= {"project_no": "P2", "entity": "乙合作社", "amount": "300.00", "state": "planned"}
    await send(world, "DS-AGR-PROJ", project, other, department="AGR")
    await world.compare()
    found = await _get(world, "/v1/projects")
    assert (found["total"], found["late"]) == (2, 1)
    assert found["finished"] == {
        "projects": 2, "finished": 1, "share": "0.5000", "required": "0.70", "status": "red",
    }  # fmt: skip
    [late] = (await _get(world, "/v1/projects", late_step="tendered"))["items"]
    assert (late["project_no"], late["is_late"]) == ("P2", True)
    gathered = await _get(world, "/v1/projects/concentration")
    assert (gathered["status"], gathered["year"], gathered["limit"]) == ("red", 2026, "0.40")
    assert [(each["entity"], each["share"]) for each in gathered["entities"]] == [
        ("甲合作社", "0.6250"), ("乙合作社", "0.3750"),
    ]  # fmt: skip
    bad = await world.client.get("/v1/projects", params={"speed": "1"}, headers=world.headers("figures:read"))
    assert bad.status_code == 422
