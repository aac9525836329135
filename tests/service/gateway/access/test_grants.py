"""Nobody gives what they may not give, strict rights and secrets need a second manager, and all is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

COUNTY, TOWN, OTHER_TOWN = "990101000000", "990101101000", "990101102000"

Caller = Callable[[str], Any]


async def caller(gateway: Any, client_id: str) -> httpx.AsyncClient:
    token = await gateway.token(client_id)
    return httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="module")
async def managers(gateway: Any) -> dict[str, httpx.AsyncClient]:
    """A township's manager with nothing else, one with declared grants, and two of the county with all."""
    await gateway.client("bare", scopes=["clients:manage"], areas=[TOWN])
    await gateway.client(
        "declared", scopes=["clients:manage", "people:read"], areas=[TOWN], grants=["things:read", "persons:unmask"]
    )
    for name in ("first", "second"):
        await gateway.client(name, scopes=["clients:manage", "audit:read"], areas=[COUNTY], grants=["*"])
    return {name: await caller(gateway, name) for name in ("bare", "declared", "first", "second")}


def new(client_id: str, *scopes: str, areas: list[str] | None = None, department: str | None = None) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "name": client_id,
        "scopes": list(scopes),
        "areas": [TOWN] if areas is None else areas,
        "department": department,
    }


async def made(managers: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Register by two managers where two are needed."""
    answer = await managers["first"].post("/v1/clients", json=given)
    if answer.status_code == 202:
        answer = await managers["second"].post(f"/v1/client-proposals/{answer.json()['id']}/approve")
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


@pytest.mark.parametrize("scope", ["persons:unmask", "households:read", "audit:read", "departments:any", "things:read"])
async def test_a_manager_gives_no_scope_that_it_lacks(managers: dict[str, Any], scope: str) -> None:
    refused = await managers["bare"].post("/v1/clients", json=new("puppet", scope))
    assert (refused.status_code, refused.json()["code"]) == (403, "gateway.client.scopes_beyond")
    assert refused.json()["scopes"] == [scope]
    assert (await managers["first"].get("/v1/clients/puppet")).status_code == 404


async def test_a_manager_gives_its_own_scopes_and_those_that_are_declared(managers: dict[str, Any]) -> None:
    answer = await managers["declared"].post("/v1/clients", json=new("plain", "things:read", "people:read"))
    assert answer.status_code == 201, answer.text
    widened = await managers["declared"].patch(
        "/v1/clients/plain", json={"scopes": ["things:read", "households:read"]}, headers={"If-Match": "*"}
    )
    assert (widened.status_code, widened.json()["code"]) == (403, "gateway.client.scopes_beyond")
    narrowed = await managers["bare"].patch(
        "/v1/clients/plain", json={"scopes": ["people:read"]}, headers={"If-Match": "*"}
    )
    assert narrowed.status_code == 200, "taking away needs no right to give"


async def test_a_strict_scope_waits_for_another_manager_who_gets_the_secret(
    gateway: Any, managers: dict[str, Any]
) -> None:
    asked = await managers["declared"].post("/v1/clients", json=new("unmasker", "persons:unmask"))
    assert asked.status_code == 202, asked.text
    assert "client_secret" not in asked.text
    proposal = asked.json()
    assert asked.headers["location"] == f"/v1/client-proposals/{proposal['id']}"
    assert (await managers["first"].get("/v1/clients/unmasker")).status_code == 404
    approve = f"/v1/client-proposals/{proposal['id']}/approve"
    own = await managers["declared"].post(approve)
    assert (own.status_code, own.json()["code"]) == (403, "gateway.proposal.same_manager")
    lacking = await managers["bare"].post(approve)
    assert (lacking.status_code, lacking.json()["code"]) == (403, "gateway.client.scopes_beyond")
    listed = (await managers["second"].get("/v1/client-proposals")).json()["items"]
    assert proposal["id"] in {item["id"] for item in listed}
    approved = await managers["second"].post(approve)
    assert approved.status_code == 200, approved.text
    gateway.secrets["unmasker"] = approved.json()["client_secret"]
    assert await gateway.token("unmasker")
    again = await managers["first"].post(approve)
    assert (again.status_code, again.json()["code"]) == (409, "gateway.proposal.decided")


async def test_departments_and_their_secrets_and_keys_need_two(gateway: Any, managers: dict[str, Any]) -> None:
    asked = await managers["first"].post("/v1/clients", json=new("edu", "things:read", department="EDU"))
    assert asked.status_code == 202
    await managers["second"].post(f"/v1/client-proposals/{asked.json()['id']}/approve")
    for path, body in (
        ("/v1/clients/edu/rotate-secret", {"overlap_s": 3600}),
        ("/v1/clients/edu", {"jwks": [gateway.scripted.issuer.jwks.as_dict(private=False)["keys"][0]]}),
    ):
        method, headers = ("PATCH", {"If-Match": "*"}) if path.endswith("edu") else ("POST", {})
        taken = await managers["first"].request(method, path, json=body, headers=headers)
        assert taken.status_code == 202, (path, taken.text)
        alone = await managers["bare"].request(method, path, json=body, headers=headers)
        assert alone.status_code == 403, (path, alone.text)
    rotation = next(
        item
        for item in (await managers["second"].get("/v1/client-proposals")).json()["items"]
        if item["kind"] == "rotate_secret" and item["client_id"] == "edu"
    )
    rejected = await managers["second"].post(
        f"/v1/client-proposals/{rotation['id']}/reject", json={"reason": "没有遗失"}
    )
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")


async def test_a_proposal_does_not_outlive_a_change_of_its_client(managers: dict[str, Any]) -> None:
    await made(managers, new("moving", "things:read"))
    asked = await managers["first"].patch(
        "/v1/clients/moving", json={"scopes": ["things:read", "persons:unmask"]}, headers={"If-Match": "*"}
    )
    assert asked.status_code == 202
    await managers["first"].patch("/v1/clients/moving", json={"name": "moved"}, headers={"If-Match": "*"})
    stale = await managers["second"].post(f"/v1/client-proposals/{asked.json()['id']}/approve")
    assert (stale.status_code, stale.json()["code"]) == (409, "gateway.proposal.decided")


async def test_a_manager_sees_and_touches_clients_of_its_own_areas_only(managers: dict[str, Any]) -> None:
    await made(managers, new("neighbour", "things:read", areas=[OTHER_TOWN]))
    await made(managers, new("countywide", "things:read", areas=[COUNTY]))
    await made(managers, new("nowhere", "things:read", areas=[]))
    await made(managers, new("inside", "things:read", areas=[TOWN]))
    seen = {item["client_id"] for item in (await managers["bare"].get("/v1/clients?limit=200")).json()["items"]}
    assert "inside" in seen
    assert not {"neighbour", "countywide", "nowhere"} & seen
    for foreign in ("neighbour", "countywide", "nowhere"):
        for answer in (
            await managers["bare"].get(f"/v1/clients/{foreign}"),
            await managers["bare"].patch(f"/v1/clients/{foreign}", json={"name": "x"}, headers={"If-Match": "*"}),
            await managers["bare"].delete(f"/v1/clients/{foreign}", headers={"If-Match": "*"}),
            await managers["bare"].post(f"/v1/clients/{foreign}/rotate-secret", json={}),
        ):
            assert answer.status_code == 404, (foreign, answer.text)
    away = await managers["bare"].patch("/v1/clients/inside", json={"areas": [COUNTY]}, headers={"If-Match": "*"})
    assert (away.status_code, away.json()["code"]) == (403, "gateway.client.areas_beyond")
    free = await managers["bare"].post("/v1/clients", json=new("free", "clients:manage", areas=[]))
    assert (free.status_code, free.json()["code"]) == (403, "gateway.client.areas_beyond")


async def test_the_record_names_the_client_and_what_it_may_do_before_and_after(
    managers: dict[str, Any], eventually: Callable[..., Any]
) -> None:
    await made(managers, new("recorded", "things:read"))
    await managers["first"].patch(
        "/v1/clients/recorded", json={"scopes": ["people:read"], "status": "disabled"}, headers={"If-Match": "*"}
    )
    found: list[dict[str, Any]] = []

    async def kept() -> bool:
        entries = (await managers["first"].get("/v1/audit?client_id=first&limit=50")).json()["items"]
        found[:] = [e for e in entries if e["object_path"] == "/v1/clients/recorded" and e["method"] == "PATCH"]
        return bool(found and found[0]["purpose"])

    await eventually(kept, "the entry of the change")
    (change,) = found
    assert "scopes +people:read; scopes -things:read" in change["purpose"]
    assert "status active -> disabled" in change["purpose"]
