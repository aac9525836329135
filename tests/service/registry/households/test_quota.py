"""Looks at unmasked data are so many a day for one person, counted exactly, and the caller sees how many are left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from registry_world import clue_of, household, household_id, member, ndjson, send
from roster_case import appoint, person, unit

from registry.app import create_app
from registry.settings import RegistrySettings
from servicekit.db import Database
from servicekit.ids import new_id

PER_DAY = 5
NOON = datetime(2050, 3, 1, 4, tzinfo=UTC)  # in China, so that no test runs over midnight


@pytest.fixture(scope="module")
def settings(settings: RegistrySettings) -> RegistrySettings:
    return settings.model_copy(update={"unmask_per_minute": 1000, "unmask_per_day": PER_DAY})


@pytest.fixture(autouse=True)
def at_noon(move_clock: Callable[[float], None]) -> None:
    move_clock(NOON.timestamp() - time.time())


@pytest.fixture(scope="module")
async def case(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> tuple[str, dict[str, str]]:
    """Where a person is unmasked, and for what."""
    assert (await send(client, ndjson(household("99Q0000001", member(470, "19610202"))), county)).json()["households"]
    home = await household_id(client, "99Q0000001", county)
    members = (await client.get(f"/v1/households/{home}", headers=county)).json()["members"]
    purpose = {"purpose_code": "assistance", "case_id": await clue_of(registry_database, home)}
    return f"/v1/persons/{members[0]['id']}/unmask", purpose


def _marks(mark: str) -> float:
    return REGISTRY.get_sample_value("bangfu_look_quota_marks_total", {"state": mark}) or 0.0


async def test_two_replicas_together_show_exactly_a_days_number_to_one_person(
    client: httpx.AsyncClient, make_client: Any, settings: RegistrySettings, headers: Any, case: Any
) -> None:
    """ASVS 2.4.1. Whatever application the person uses; who else looks has a number of their own."""
    url, purpose = case
    ann = new_id()
    near, used_up = _marks("near"), _marks("used_up")
    callers = [headers(person=ann, client_id=name) for name in ("desk", "phone")]
    async with make_client(create_app(settings)) as other:
        answers = await asyncio.gather(
            *(
                (client, other)[turn % 2].post(url, json=purpose, headers=callers[turn // 2 % 2])
                for turn in range(PER_DAY + 3)
            )
        )
    shown = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(shown), len(refused)) == (PER_DAY, 3), [answer.text for answer in answers]
    problem = refused[0].json()
    assert problem["code"] == "registry.person.quota_used_up"
    assert problem["per_day"] == PER_DAY
    assert problem["starts_again_at"].endswith("T00:00:00+08:00")
    assert 0 < int(refused[0].headers["retry-after"]) <= 86400
    assert (_marks("near") - near, _marks("used_up") - used_up) == (1, 1), "told once each"
    assert (await client.post(url, json=purpose, headers=headers(person=new_id()))).status_code == 200
    listed = await client.get(
        "/v1/quota-alerts", params={"actor": f"staff:{ann}"}, headers=headers(scopes=["audit:read"])
    )
    assert [(alert["state"], alert["kind"], alert["taken"]) for alert in listed.json()["items"]] == [
        ("used_up", "looks", PER_DAY), ("near", "looks", PER_DAY - 1),
    ]  # fmt: skip


async def test_who_looks_at_much_is_told_to_security_administrators_and_auditors_of_the_area(
    client: httpx.AsyncClient, headers: Any, case: Any
) -> None:
    url, purpose = case
    ann = new_id()
    for _ in range(PER_DAY):
        assert (await client.post(url, json=purpose, headers=headers(person=ann))).status_code == 200
    of_ann = {"actor": f"staff:{ann}"}

    async def seen(**caller: Any) -> httpx.Response:
        return await client.get("/v1/quota-alerts", params=of_ann, headers=headers(**caller))

    for scope in ("audit:read", "staff:write"):
        assert len((await seen(scopes=[scope])).json()["items"]) == 2
    assert (await seen(scopes=["staff:read"])).status_code == 403
    for areas in (["990101101000"], ["990102000000"]):
        assert (await seen(scopes=["audit:read"], areas=areas)).json()["items"] == [], "her area lies beyond"
    page = await client.get("/v1/quota-alerts", params=of_ann | {"limit": 1}, headers=headers(scopes=["audit:read"]))
    rest = of_ann | {"cursor": page.json()["next_cursor"]}
    last = await client.get("/v1/quota-alerts", params=rest, headers=headers(scopes=["audit:read"]))
    assert [item["state"] for item in page.json()["items"] + last.json()["items"]] == ["used_up", "near"]


async def test_the_number_starts_again_at_midnight_in_china(
    client: httpx.AsyncClient, headers: Any, case: Any, move_clock: Any
) -> None:
    url, purpose = case
    caller = headers(person=new_id())
    for _ in range(PER_DAY):
        assert (await client.post(url, json=purpose, headers=caller)).status_code == 200
    assert (await client.post(url, json=purpose, headers=caller)).status_code == 429
    move_clock(NOON.timestamp() + 86400.0 - time.time())
    assert (await client.post(url, json=purpose, headers=caller)).status_code == 200


async def test_who_calls_sees_name_unit_term_grid_and_the_looks_that_are_left(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, case: Any
) -> None:
    url, purpose = case
    village = await unit(client, county, "village", "990101101201", name="甲村委会")
    ann = await person(client, county, village)
    await appoint(client, county, ann, "GRID", "990101101201", grid="东一网格")
    caller = headers(areas=["990101101201"], person=ann, grid="东一网格")
    me = (await client.get("/v1/me", headers=caller)).json()
    assert (me["person"], me["name"], me["unit"], me["grid"]) == (ann, "李干部", "甲村委会", "东一网格")
    (term,) = me["terms"]
    assert (term["role"], term["role_label"], term["grid"]) == ("GRID", "网格员", "东一网格")
    assert (me["looks"]["per_day"], me["looks"]["left"]) == (PER_DAY, PER_DAY)
    assert (await client.post(url, json=purpose, headers=headers(person=ann))).status_code == 200
    assert (await client.get("/v1/me", headers=caller)).json()["looks"]["left"] == PER_DAY - 1


async def test_a_client_that_acts_for_itself_is_told_so(client: httpx.AsyncClient, headers: Any) -> None:
    me = (await client.get("/v1/me", headers=headers(client_id="machine"))).json()
    assert (me["client_id"], me["person"], me["name"], me["terms"]) == ("machine", None, None, [])
    assert (await client.get("/v1/me", headers=headers(scopes=["deliveries:write"]))).status_code == 403
