"""Through the gateway: two sides agree, the receiver draws, its village is renumbered, one of them ends it (F-C25)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .conftest import token_of
from .test_following import done, register, until, with_check_digit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COUNTY, TOWN, VILLAGE, RENUMBERED = "990122000000", "990122101000", "990122101201", "990122101301"
AREAS = f"""code,name,parent_code,valid_from
990000000000,示例省,,2020-01-01
990100000000,示例市,990000000000,2020-01-01
{COUNTY},约县,990100000000,2020-01-01
{TOWN},约镇,{COUNTY},2020-01-01
{VILLAGE},约村,{TOWN},2020-01-01
{RENUMBERED},约村新码,{TOWN},2026-11-01
"""
NUMBER, NAME = with_check_digit("99012219700407031"), "周协议"
SIDE = ("agreements:read", "agreements:write", "agreements:approve")
TERMS = {
    "area_codes": [VILLAGE], "legal_basis": "脱贫人口小额信贷管理办法", "purpose": "受理小额信贷申请",
    "valid_from": "2026-01-01", "ends_on": "2027-10-31",
}  # fmt: skip
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def send(running_system: EmbeddedSystem, gateway: httpx.AsyncClient) -> Send:
    """Call the gateway as a client; the county's areas and the two sides are registered."""
    await running_system.ensure_clients(
        [
            ClientSpec("lead-office", "约县主管部门", (*SIDE, "households:read"), areas=(COUNTY,)),
            ClientSpec("bank", "约县银行", (*SIDE, "provision:read"), department="BNK", areas=(COUNTY,)),
            ClientSpec("auditor", "约县审计", ("audit:read",), areas=(COUNTY,)),
        ]
    )

    async def call(who: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await token_of(running_system, gateway, who)}", **more.pop("headers", {})}
        return await gateway.request(method, path, headers=headers, **more)

    made = await call(
        "bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers={"Content-Type": "text/csv"}
    )
    await until(lambda: done(call, made.headers["location"]))
    return call


async def agree(send: Send, product: str, mode: str, fields: list[str]) -> str:
    """Draft, offer, and have both sides approve; before the second one nothing is given."""
    body = {"product": product, "receiver": "BNK", "mode": mode, "terms": TERMS | {"fields": fields}}
    drafted = await send("lead-office", "POST", "/v1/agreements", json=body)
    assert drafted.status_code == 201, drafted.text
    place = drafted.headers["location"]
    agreement_id = place.rpartition("/")[2]
    for who, step in (("lead-office", "offer"), ("lead-office", "approve"), ("bank", "approve")):
        early = await send("bank", "GET", f"/v1/provision/{agreement_id}/rows")
        assert (early.status_code, early.json()["code"]) == (403, "sharing.provision.not_granted"), early.text
        tag = (await send(who, "GET", place)).headers["etag"]
        taken = await send(who, "POST", f"{place}/{step}", headers={"If-Match": tag})
        assert taken.status_code == 200, taken.text
    assert taken.json()["state"] == "active"
    return agreement_id


async def test_two_departments_agree_and_only_that_leaves_until_one_of_them_ends_it(send: Send) -> None:
    home = await register(send, "99AGR0001", NUMBER, NAME, "1970-04-07", VILLAGE)
    rows, check = (
        await agree(send, "credit-white-list", "list", ["area_code"]),
        await agree(send, "credit-check", "check", []),
    )
    found: list[dict[str, Any]] = []

    async def is_told() -> bool:
        page = await send("bank", "GET", f"/v1/provision/{rows}/rows", params={"fields": "area_code,hh_type"})
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store"), page.text
        assert NAME not in page.text
        assert NUMBER not in page.text
        assert page.json()["withheld"] == ["hh_type"]
        found[:] = page.json()["items"]
        return bool(found)

    await until(is_told)
    assert found == [{"household_id": home, "person_id": None, "values": {"area_code": VILLAGE}}]
    for name, answer in ((NAME, True), ("周某人", False)):
        said = await send("bank", "POST", f"/v1/provision/{check}/check", json={"id_no": NUMBER, "name": name})
        assert said.json() == {"answer": answer}, said.text
    assert (await send("bureau", "GET", f"/v1/provision/{rows}/rows")).status_code == 403, "no scope"

    person = (await send("lead-office", "GET", f"/v1/households/{home}")).json()["members"][0]["id"]
    entries = (await send("auditor", "GET", "/v1/purpose-ledger", params={"person_id": person})).json()
    assert {(each["product"], each["receiver"]) for each in entries["items"]} == {
        ("credit-white-list", "BNK"),
        ("credit-check", "BNK"),
    }
    assert NUMBER not in str(entries)

    # The village gets another code: the agreement goes along, and reaches nobody new.
    change = {
        "effective_on": "2026-11-01", "source_document": "约县民政〔2026〕1号", "closes": [VILLAGE],
        "moves": [{"from_code": VILLAGE, "to_code": RENUMBERED}],
    }  # fmt: skip
    changed = await send("bureau", "POST", "/v1/area-changes", json=change)
    assert changed.status_code == 201, changed.text

    async def has_followed() -> bool:
        await is_told()
        return [each["values"]["area_code"] for each in found] == [RENUMBERED]

    await until(has_followed)

    ended = await send("lead-office", "POST", f"/v1/agreements/{rows}/revoke", json={"why": "名单改由省里提供"})
    assert ended.json()["state"] == "revoked", ended.text
    refused = await send("bank", "GET", f"/v1/provision/{rows}/rows")
    assert (refused.status_code, refused.json()["code"]) == (403, "sharing.provision.not_granted")
    assert (await send("auditor", "GET", "/v1/purpose-ledger", params={"person_id": person})).json()["total"] >= 2
