"""Rights through the whole system: the gateway decides, the bus tells, the services look."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem
from contracts.id_numbers import check_digit
from promptly import promptly

pytestmark = pytest.mark.e2e

COUNTY, TOWN, VILLAGE = "990101000000", "990101101000", "990101101201"
FIRST = "99010119900101001"
NUMBER = FIRST + check_digit(FIRST)


class Caller:
    """A client of the system, registered by its administrator."""

    def __init__(self, gateway: httpx.AsyncClient, admin: str) -> None:
        self.gateway = gateway
        self.admin = {"Authorization": f"Bearer {admin}"}

    async def register(self, client_id: str, *scopes: str, areas: tuple[str, ...] = (COUNTY,)) -> dict[str, str]:
        """Register a client; give its Authorization header."""
        body = {"client_id": client_id, "name": client_id, "scopes": list(scopes), "areas": list(areas)}
        made = await self.gateway.post("/v1/clients", json=body, headers=self.admin)
        assert made.status_code == 201, made.text
        form = {"grant_type": "client_credentials"}
        token = await self.gateway.post("/oauth2/token", data=form, auth=(client_id, made.json()["client_secret"]))
        return {"Authorization": f"Bearer {token.json()['access_token']}"}


@pytest.fixture(scope="module")
async def caller(running_system: EmbeddedSystem, gateway: httpx.AsyncClient) -> Caller:
    """The administrator's hand."""
    secret = running_system.secrets.client("admin")
    form = {"grant_type": "client_credentials"}
    answer = await gateway.post("/oauth2/token", data=form, auth=("admin", secret))
    return Caller(gateway, answer.json()["access_token"])


async def eventually(check: Any, seconds: float) -> float:
    """Wait until `check` gives something; give the seconds that took."""
    began = time.monotonic()
    while not await check():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"scopes": ["subscriptions:manage"]}, None], ids=str)
async def test_subscription_of_a_client_ends_within_two_seconds_of_the_change(
    gateway: httpx.AsyncClient, caller: Caller, change: dict[str, Any] | None
) -> None:
    async def ends(attempt: int) -> float:
        client_id = f"subscriber-{abs(hash(str(change))) % 10**6}-{attempt}"
        bearer = await caller.register(client_id, "alerts:read", "subscriptions:manage")
        body = {"name": "health", "channel": "webhook", "url": "http://127.0.0.1:9/hook"}
        made = await gateway.post("/v1/subscriptions", json=body, headers=bearer)
        assert made.status_code == 201, made.text
        address, match = f"/v1/clients/{client_id}", caller.admin | {"If-Match": "*"}

        async def reasons() -> list[str | None]:
            listed = await gateway.get(f"/v1/subscriptions?client_id={client_id}", headers=caller.admin)
            return [item["disabled_reason"] for item in listed.json()["items"]]

        async def known() -> bool:  # the registration has reached the service: an ended one is told from none
            return bool(await reasons())

        await eventually(known, 20)
        if change is None:
            assert (await gateway.delete(address, headers=match)).status_code == 204
        else:
            assert (await gateway.patch(address, json=change, headers=match)).status_code == 200

        async def ended() -> bool:
            return await reasons() == ["access_withdrawn"]

        async def refused() -> bool:
            return (await gateway.get("/v1/subscriptions", headers=bearer)).status_code == 401

        return await eventually(ended, 20) + await eventually(refused, 20)

    await promptly(ends, within_s=2)


async def test_an_auditor_and_an_approver_pass_the_gateway_without_the_right_to_collect(
    gateway: httpx.AsyncClient, caller: Caller
) -> None:
    step = {"to": "TOWN_AUDITED", "occurred_on": "2026-11-10"}
    for scope in ("episodes:audit", "episodes:approve", "episodes:write"):
        bearer = await caller.register(f"judge-{scope.partition(':')[2]}", scope)
        path = "/v1/episodes/0198c0de-0000-7000-8000-000000000001/transitions"
        answer = await gateway.post(path, json=step, headers=bearer | {"If-Match": "*"})
        assert answer.json()["code"] != "scope_missing", answer.text


async def test_id_numbers_are_kept_nowhere_that_a_request_can_write_to(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, caller: Caller
) -> None:
    bearer = await caller.register(
        "writer", "clues:report", "households:read", "households:write", "persons:unmask", "subscriptions:manage",
        "alerts:read", areas=(COUNTY,),
    )  # fmt: skip
    home = {
        "hh_no": NUMBER, "village_code": VILLAGE, "hh_type": "0",
        "members": [{"name": "甲", "birth_date": "1980-01-01", "sex": "1", "relation": "head", "labour": "1"}],
    }  # fmt: skip
    visit = {"household_id": "h-1", "risk_type": "03", "visited_on": "2026-11-10", "visitors": ["v"], "note": "x"}
    person = "/v1/persons/0198c0de-0000-7000-8000-000000000001/unmask"
    tried: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("/v1/households", home, {}),
        ("/v1/households", home | {"hh_no": "99I1", "group_name": f"3组{NUMBER}"}, {}),
        ("/v1/households", home | {"hh_no": "99I2"}, {"Idempotency-Key": NUMBER}),
        ("/v1/visits", visit | {"note": f"身份证 {NUMBER}"}, {}),
        ("/v1/visits", visit | {"visitors": [f"张三{NUMBER}"]}, {}),
        (person, {"purpose_code": "audit", "case_id": NUMBER}, {}),
        ("/v1/subscriptions", {"name": NUMBER, "channel": "pull"}, {}),
        ("/v1/subscriptions", {"name": "x", "channel": "webhook", "url": f"http://127.0.0.1/{NUMBER}"}, {}),
    ]
    for path, body, more in tried:
        answer = await gateway.post(path, json=body, headers=bearer | more)
        assert answer.status_code in (400, 422), (path, answer.text)
        assert NUMBER not in answer.text
    await gateway.get("/v1/households", headers=bearer | {"X-Request-Id": NUMBER, "User-Agent": NUMBER})
    await asyncio.sleep(0.5)
    for log in running_system.logs.glob("*.log"):
        assert NUMBER not in log.read_text(encoding="utf-8", errors="replace"), log.name
    audit = await gateway.get("/v1/audit?limit=200", headers=caller.admin)
    assert NUMBER not in audit.text


async def test_an_operator_finds_every_answer_in_the_logs(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, caller: Caller
) -> None:
    bearer = await caller.register("traced", "areas:read", "clues:read")
    for path in ("/v1/areas", "/v1/clues", "/v1/nothing", "/v1/clients"):
        answer = await gateway.get(path, headers=bearer)
        request_id, trace = answer.headers["x-request-id"], answer.headers["traceparent"].split("-")[1]

        async def logged(wanted: tuple[str, str] = (request_id, trace)) -> bool:
            text = "".join(log.read_text(encoding="utf-8") for log in running_system.logs.glob("*-api.log"))
            return all(each in text for each in wanted)

        await eventually(logged, 5)
