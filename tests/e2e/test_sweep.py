"""A sweep through the gateway: opened, visited offline, a risk that becomes its township's clue, kept and overdue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem, standard_clients, township_client

from .conftest import token_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COUNTY, TOWN = "990104000000", "990104101000"
ONE, TWO = "990104101201", "990104101202"
AREAS = f"""code,name,parent_code,valid_from
990000000000,示例省,,2020-01-01
990100000000,示例市,990000000000,2020-01-01
{COUNTY},丁县,990100000000,2020-01-01
{TOWN},丁镇,{COUNTY},2020-01-01
{ONE},丁村一,{TOWN},2020-01-01
{TWO},丁村二,{TOWN},2020-01-01
"""
OFFICE = ClientSpec(
    "sweep-office",
    "县排查办",
    ("households:read", "households:write", "staff:write", "campaigns:write"),
    areas=(COUNTY,),
)
APP = ClientSpec("sweep-app", "村级走访应用", ("households:read", "contacts:write"), areas=(ONE,))
TODAY, LAST = "2026-11-10", "2026-11-20"
Call = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedSystem]:
    """A system of its own: its clock is moved."""
    folder: Path = tmp_path_factory.mktemp("sweep")
    async with EmbeddedSystem(
        folder / "data", clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC), durable=False
    ) as started:
        await started.ensure_clients([*standard_clients(), township_client(TOWN), OFFICE, APP])
        yield started


@pytest.fixture
async def call(system: EmbeddedSystem) -> AsyncIterator[Call]:
    async with httpx.AsyncClient(base_url=system.gateway_url, timeout=30) as client:

        async def send(who: ClientSpec | str, method: str, path: str, **more: Any) -> httpx.Response:
            name = who if isinstance(who, str) else who.client_id
            headers = {"Authorization": f"Bearer {await token_of(system, client, name)}", **more.pop("headers", {})}
            answer = await client.request(method, path, headers=headers, **more)
            assert answer.is_success, f"{method} {path}: {answer.text}"
            return answer

        yield send


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  another process cannot set an event here
            await asyncio.sleep(0.2)


async def registered(call: Call, serial: int, village: str) -> str:
    person = {"person_no": f"99SWP{serial:05d}", "name": "钱排查", "birth_date": "1970-01-01", "sex": "1"}
    body = {
        "hh_no": f"99SWP{serial:05d}", "village_code": village, "hh_type": "0",
        "members": [person | {"relation": "head", "labour": "1"}],
    }  # fmt: skip
    return str((await call(OFFICE, "POST", "/v1/households", json=body)).json()["id"])


async def cadre(call: Call) -> str:
    unit = {"kind": "village", "name": "丁村一两委", "area_code": ONE}
    unit_id = (await call(OFFICE, "POST", "/v1/units", json=unit)).json()["id"]
    person = {"name": "孙村干", "unit_id": unit_id}
    staff = str((await call(OFFICE, "POST", "/v1/staff", json=person)).json()["id"])
    term = {"role": "VILLAGE", "area_code": ONE, "first_on": "2026-01-01"}
    await call(OFFICE, "POST", f"/v1/staff/{staff}/appointments", json=term)
    return staff


async def test_a_sweep_is_opened_visited_offline_kept_by_one_village_and_overdue_in_the_other(
    system: EmbeddedSystem, call: Call
) -> None:
    """F-A11, F-A18."""
    made = await call(
        "bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers={"Content-Type": "text/csv"}
    )

    async def is_imported() -> bool:
        return bool((await call("bureau", "GET", made.headers["location"])).json()["state"] == "done")

    await until(is_imported)
    first, second, third = [await registered(call, serial, ONE) for serial in (1, 2, 3)]
    other = await registered(call, 4, TWO)
    staff, town = await cadre(call), township_client(TOWN).client_id
    sweep = {
        "kind": "sweep", "name": "2026年下半年集中排查", "area_code": COUNTY, "from_on": TODAY, "until_on": LAST,
        "form_version": "2026-2",
    }  # fmt: skip
    campaign = (await call(OFFICE, "POST", "/v1/campaigns", json=sweep)).json()["id"]
    listed = (await call(APP, "GET", f"/v1/campaigns/{campaign}/tasks")).json()
    assert {item["household_id"] for item in listed["items"]} == {first, second, third}
    assert {item["title"]["area_path"][-1] for item in listed["items"]} == {"丁村一"}

    async def duties(**query: str) -> dict[str, Any]:
        found = (await call(town, "GET", "/v1/duties", params={"kind": "D11", **query})).json()["items"]
        return {item["area_code"]: item for item in found}

    async def both_have_one() -> bool:
        return set(await duties(state="open")) == {ONE, TWO}

    await until(both_have_one)
    assert (await duties())[ONE]["link"] == f"/v1/campaigns/{campaign}/tasks?area={ONE}&undone=true"

    seen = {"campaign_id": campaign, "staff_id": staff, "happened_on": TODAY, "way": "visit"}
    steps = [
        {"id": f"sweep-step-{number}", "method": "POST", "path": "/v1/contacts", "body": seen | result}
        for number, result in enumerate(
            (
                {"household_id": first},
                {"household_id": second, "risk_types": ["11"], "statuses": {"housing": False}, "note": "屋顶漏雨"},
                {"household_id": third, "outcome": "absent"},
                {"household_id": other},  # another village's
            ),
            1,
        )
    ]
    for attempt in range(2):  # the connection broke: the whole batch again
        items = (await call(APP, "POST", "/v1/batch", json={"steps": steps})).json()["items"]
        assert [item["status"] for item in items] == [201, 201, 201, 404]
        assert [item["is_replayed"] for item in items[:3]] == [bool(attempt)] * 3
    counts = {"due": 3, "visited": 2, "risk_found": 1, "absent": 1, "open": 0, "percent": "66.7"}
    coverage = (await call(APP, "GET", f"/v1/campaigns/{campaign}/coverage")).json()["total"]
    assert {name: coverage[name] for name in counts} == counts

    clues: list[dict[str, Any]] = []

    async def is_clue() -> bool:
        clues[:] = (await call(town, "GET", "/v1/clues", params={"household": second})).json()["items"]
        return bool(clues)

    await until(is_clue)
    assert [(clue["risk_type"], clue["state"], clue["channels"]) for clue in clues] == [("11", "dispatched", ["CH4"])]

    again = seen | {"household_id": third, "way": "phone", "note": "在外务工,电话联系"}
    await call(APP, "POST", "/v1/contacts", json=again)

    async def is_kept() -> bool:
        return {code: duty["state"] for code, duty in (await duties()).items()} == {ONE: "done", TWO: "open"}

    await until(is_kept)
    system.clock.forward(timedelta(days=11))
    late = await duties(overdue="true")
    assert {code: duty["due_on"] for code, duty in late.items()} == {TWO: LAST}
    by_village = (await call(OFFICE, "GET", f"/v1/campaigns/{campaign}/coverage")).json()
    assert {item["area_code"]: item["percent"] for item in by_village["items"]} == {ONE: "100.0", TWO: "0.0"}
    assert by_village["total"]["percent"] == "75.0"
    assert (await call(town, "GET", f"/v1/campaigns/{campaign}")).json()["state"] == "over"
