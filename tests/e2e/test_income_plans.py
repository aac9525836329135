"""The first quarter through the gateway: a village's duty opens with its cohorts and ends with the last plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu.sdk.client import Bangfu
from bangfu_local.embedded import ClientSpec, EmbeddedSystem, standard_clients, township_client

from .conftest import token_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COUNTY, TOWN, VILLAGE = "990105000000", "990105101000", "990105101201"
AREAS = f"""code,name,parent_code,valid_from
990000000000,示例省,,2020-01-01
990100000000,示例市,990000000000,2020-01-01
{COUNTY},戊县,990100000000,2020-01-01
{TOWN},戊镇,{COUNTY},2020-01-01
{VILLAGE},戊村,{TOWN},2020-01-01
"""
OFFICE = ClientSpec(
    "plans-office", "县增收专班", ("households:read", "households:write", "staff:write"), areas=(COUNTY,)
)
APP = ClientSpec("plans-app", "村级计划应用", ("households:read", "plans:write"), areas=(VILLAGE,))
Call = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedSystem]:
    """A system of its own: it is February there."""
    folder: Path = tmp_path_factory.mktemp("plans")
    async with EmbeddedSystem(
        folder / "data", clock_start=datetime(2027, 2, 8, 1, tzinfo=UTC), durable=False
    ) as started:
        await started.ensure_clients([*standard_clients(), township_client(TOWN), OFFICE, APP])
        yield started


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  another process cannot set an event here
            await asyncio.sleep(0.2)


@pytest.fixture
async def call(system: EmbeddedSystem) -> AsyncIterator[Call]:
    async with httpx.AsyncClient(base_url=system.gateway_url, timeout=30) as client:

        async def send(who: str, method: str, path: str, **more: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {await token_of(system, client, who)}", **more.pop("headers", {})}
            answer = await client.request(method, path, headers=headers, **more)
            assert answer.is_success, f"{method} {path}: {answer.text}"
            return answer

        yield send


async def registered(call: Call, serial: int, hh_type: str, *wages: str) -> str:
    person = {"person_no": f"99INC{serial:05d}", "name": "钱增收", "birth_date": "1970-01-01", "sex": "1"}
    body = {
        "hh_no": f"99INC{serial:05d}", "village_code": VILLAGE, "hh_type": hh_type,
        "members": [person | {"relation": "head", "labour": "1"}],
        "incomes": [{"year": 2026 - ago, "wage": wage} for ago, wage in enumerate(wages)],
    }  # fmt: skip
    return str((await call("plans-office", "POST", "/v1/households", json=body)).json()["id"])


async def cadre(call: Call) -> str:
    unit = {"kind": "village", "name": "戊村两委", "area_code": VILLAGE}
    unit_id = (await call("plans-office", "POST", "/v1/units", json=unit)).json()["id"]
    person = {"name": "孙村干", "unit_id": unit_id}
    staff = str((await call("plans-office", "POST", "/v1/staff", json=person)).json()["id"])
    term = {"role": "VILLAGE", "area_code": VILLAGE, "first_on": "2026-01-01"}
    await call("plans-office", "POST", f"/v1/staff/{staff}/appointments", json=term)
    return staff


async def test_a_village_owes_the_plans_of_its_cohorts_until_the_last_one_is_made(
    system: EmbeddedSystem, call: Call
) -> None:
    """F-A27."""
    made = await call(
        "bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers={"Content-Type": "text/csv"}
    )

    async def is_imported() -> bool:
        return bool((await call("bureau", "GET", made.headers["location"])).json()["state"] == "done")

    await until(is_imported)
    poor = await registered(call, 1, "1")
    fell = await registered(call, 2, "0", "18000", "20000")
    await registered(call, 3, "0", "20000", "18000")
    staff, town = await cadre(call), township_client(TOWN).client_id

    async def is_labelled() -> bool:
        found = (await call("plans-office", "GET", f"/v1/households/{fell}/labels")).json()["items"]
        return "income_fell" in {item["label"] for item in found}

    await until(is_labelled)
    plan = {
        "year": 2027, "needs": ["务工收入减少"], "target": "21000.00", "responsible": staff,
        "measures": [{"category": "M02", "item": "介绍帮扶车间就业", "due_on": "2027-04-30"}],
    }  # fmt: skip

    async def duty() -> dict[str, Any]:
        found = (await call(town, "GET", "/v1/duties", params={"kind": "D13"})).json()["items"]
        return dict(found[0]) if found else {}

    async def is_open() -> bool:
        return (await duty()).get("state") == "open"

    async def is_done() -> bool:
        return (await duty())["state"] == "done"

    async with Bangfu(system.gateway_url, APP.client_id, system.secrets.clients[APP.client_id]) as app:
        assert (await app.income_plans.put(poor, plan)).model_dump()["version"] == 1
        await until(is_open)
        owed = await duty()
        assert (owed["area_code"], owed["due_on"]) == (VILLAGE, "2027-03-31")
        missing = (await call("plans-office", "GET", owed["link"])).json()["items"]
        assert [(item["household_id"], item["reason"]) for item in missing] == [(fell, "wage")]
        assert missing[0]["title"]["household"]["head"]["name"] == "钱**"
        await app.income_plans.put(fell, plan)
        await until(is_done)
        progress = (await app.income_plans.progress(year=2027)).model_dump()
        assert [(each["cohort"], each["due"], each["percent"]) for each in progress["total"]["cohorts"]] == [
            (None, 2, "100.0"), ("former_poor", 1, "100.0"), ("income_fell", 1, "100.0"),
        ]  # fmt: skip
        assert [each.model_dump()["household_id"] async for each in app.income_plans.households(year=2027)] == [
            poor,
            fell,
        ]
        revised = (await app.income_plans.put(fell, plan | {"target": "22000.00"})).model_dump()
        assert revised["version"] == 2
        kept = (await app.income_plans.of_household(fell)).model_dump()["items"]
        assert [item["version"] for item in kept] == [2, 1]
