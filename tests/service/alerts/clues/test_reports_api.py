"""Applications of households and visits of cadres over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, new_household, snapshot
from clue_steps import READ, exclude, open_clue, verify

from alerts.clues.schemas import Via
from servicekit import clock


async def test_application_and_visit_join_the_open_clue_of_the_risk(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """F-A04, F-A23: several discovery channels feed one clue."""
    clue = await open_clue(world)
    household = clue["household_id"]
    applied = await client.post(
        "/v1/applications",
        json={"household_id": household, "risk_type": "01", "via": "hotline", "applied_on": clock.today().isoformat()},
        headers=headers(*READ),
    )
    visited = await client.post(
        "/v1/visits",
        json={
            "household_id": household,
            "risk_type": "01",
            "visited_on": clock.today().isoformat(),
            "visitors": ["grid-1"],
            "note": "走访发现",
        },
        headers=headers(*READ),
    )
    assert (applied.status_code, visited.status_code) == (201, 201)
    assert {applied.json()["clue_id"], visited.json()["clue_id"]} == {clue["id"]}
    (stored,) = await world.clues(household)
    assert stored["channels"] == ["CH1", "CH2", "CH3"]
    detail = (await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))).json()
    assert any("农户自主申报" in source["explanation"]["zh"] for source in detail["sources"])


@pytest.mark.parametrize("via", list(Via))
async def test_an_application_says_by_which_way_it_came(
    client: httpx.AsyncClient, headers: Any, world: World, via: Via
) -> None:
    """F-A23: on paper, by an app, the hotline, a QR code, or told in person."""
    body = {"area_code": VILLAGE, "risk_type": "06", "via": via.value, "applied_on": clock.today().isoformat()}
    applied = await client.post("/v1/applications", json=body, headers=headers(*READ))
    assert applied.status_code == 201, applied.text
    detail = (await client.get(f"/v1/clues/{applied.json()['clue_id']}", headers=headers(*READ))).json()
    assert [via.label in source["explanation"]["zh"] for source in detail["sources"]] == [True]


async def test_application_is_never_kept_quiet_by_an_exclusion(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    await exclude(client, headers, clue, reason="data_error", note="误报")
    response = await client.post(
        "/v1/applications",
        json={
            "household_id": clue["household_id"],
            "risk_type": "01",
            "via": "paper",
            "applied_on": clock.today().isoformat(),
        },
        headers=headers(*READ),
    )
    assert response.json()["clue_id"] != clue["id"]


async def test_repeated_application_with_one_key_gives_the_first_answer(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    household = new_household()
    await world.register(snapshot(household))
    body = {"household_id": household, "risk_type": "99", "via": "app", "applied_on": clock.today().isoformat()}
    sent = [
        await client.post("/v1/applications", json=body, headers=headers(*READ, **{"Idempotency-Key": household}))
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert sent[1].headers["idempotent-replayed"] == "true"
    (clue,) = await world.clues(household)
    assert clue["source_count"] == 1


async def test_unregistered_household_is_taken_in_and_resolved_at_verification(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """Coverage is every rural resident, registered or not."""
    body = {"area_code": VILLAGE, "risk_type": "05", "via": "app", "applied_on": clock.today().isoformat()}
    reported = await client.post("/v1/applications", json=body, headers=headers(*READ))
    clue_id = reported.json()["clue_id"]
    detail = (await client.get(f"/v1/clues/{clue_id}", headers=headers(*READ))).json()
    assert detail["is_provisional"] is True
    unresolved = await verify(client, headers, detail)
    assert (unresolved.status_code, unresolved.json()["code"]) == (409, "alerts.clue.household_unresolved")
    household = new_household()
    await world.register(snapshot(household))
    resolved = await verify(client, headers, detail, household_id=household)
    assert (resolved.json()["household_id"], resolved.json()["is_provisional"]) == (household, False)
    assert (await world.moved(household))[-1]["state"] == "confirmed_identify"


@pytest.mark.parametrize(
    "body",
    [
        {"risk_type": "01", "via": "app", "applied_on": "2026-01-01"},
        {"household_id": "h", "area_code": VILLAGE, "risk_type": "01", "via": "app", "applied_on": "2026-01-01"},
        {"area_code": COUNTY, "risk_type": "01", "via": "app", "applied_on": "2026-01-01"},
        {"area_code": VILLAGE, "risk_type": "77", "via": "app", "applied_on": "2026-01-01"},
        {"area_code": VILLAGE, "risk_type": "01", "via": "pigeon", "applied_on": "2026-01-01"},
        {"area_code": VILLAGE, "risk_type": "01", "via": "app", "applied_on": "2999-01-01"},
    ],
)
async def test_application_of_the_wrong_shape_is_refused(
    client: httpx.AsyncClient, headers: Any, body: dict[str, Any]
) -> None:
    assert (await client.post("/v1/applications", json=body, headers=headers(*READ))).status_code == 422


async def test_report_for_an_unknown_or_foreign_household_is_refused(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    body = {"household_id": "nobody", "risk_type": "01", "via": "app", "applied_on": clock.today().isoformat()}
    unknown = await client.post("/v1/applications", json=body, headers=headers(*READ))
    foreign_household = new_household()
    await world.register(snapshot(foreign_household, area_code=OTHER_VILLAGE))
    foreign = await client.post(
        "/v1/applications", json=body | {"household_id": foreign_household}, headers=headers(*READ, areas=[TOWN])
    )
    assert [unknown.json()["code"], foreign.json()["code"]] == ["alerts.household.unknown"] * 2
