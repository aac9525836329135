"""Who was shown to whom, and who was refused what: both stand in the sealed record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from sqlalchemy import text

from gateway.audit.rules import mac_key
from gateway.audit.service import seal_pending, verify
from gateway.settings import GatewaySettings


async def entries(http: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await http.get("/v1/audit", params={"limit": 200} | filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def found(http: httpx.AsyncClient, eventually: Callable[..., Any], **filters: Any) -> list[dict[str, Any]]:
    """Give the entries that fit once there are any: they are written soon after the answer."""
    got: list[dict[str, Any]] = []

    async def any_there() -> bool:
        got[:] = await entries(http, **filters)
        return bool(got)

    await eventually(any_there, f"an audit entry with {filters}", 10)
    return got


async def test_a_list_tells_everybody_whom_it_showed(
    gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]
) -> None:
    people = [str(uuid4()) for _ in range(60)]
    assert (await http.get("/v1/people-lists", params={"names": ",".join(people)})).status_code == 200
    for who in (people[0], people[33], people[-1]):
        (entry,) = await found(http, eventually, shown=who)
        assert (entry["route"], entry["client_id"]) == ("/v1/people-lists", "everything")
        assert set(entry["shown"]) == set(people)
    assert await entries(http, shown=str(uuid4())) == []


async def test_who_is_shown_is_sealed(gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]) -> None:
    who = str(uuid4())
    await http.get("/v1/people-lists", params={"names": who})
    await found(http, eventually, shown=who)
    key = mac_key(GatewaySettings(**_settings(gateway)).keyring("key_encryption_key").current)
    await seal_pending(gateway.database, key)
    assert (await verify(gateway.database, key)).fault is None
    place = await _id_of(gateway)
    await _tamper(gateway, f"UPDATE audit_outcome SET shown = NULL WHERE id = {place}")
    fault = (await verify(gateway.database, key)).fault
    await _tamper(gateway, f"UPDATE audit_outcome SET shown = ARRAY['{who}'::uuid] WHERE id = {place}")
    assert fault is not None
    assert fault.what == "outcome_changed"
    assert (await verify(gateway.database, key)).fault is None


def _settings(gateway: Any) -> dict[str, Any]:
    return {
        "mode": "embedded", "database_url": gateway.database.url, "bus_url": "embedded:unused", "issuer": gateway.url,
        "key_encryption_key": gateway.key_encryption_key,
    }  # fmt: skip


async def _id_of(gateway: Any) -> int:
    async with gateway.database.transaction() as session:
        newest = "SELECT max(o.id) FROM audit_outcome o JOIN audit_entry e USING (entry_id) WHERE e.route = :route"
        return int((await session.execute(text(newest), {"route": "/v1/people-lists"})).scalar_one())


async def _tamper(gateway: Any, statement: str) -> None:
    async with gateway.database.transaction() as session:
        await session.execute(text("ALTER TABLE audit_outcome DISABLE TRIGGER USER"))
        await session.execute(text(statement))
        await session.execute(text("ALTER TABLE audit_outcome ENABLE TRIGGER USER"))


async def test_an_outcome_whose_entry_is_gone_is_a_fault_before_anything_is_sealed(
    gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]
) -> None:
    key = mac_key(GatewaySettings(**_settings(gateway)).keyring("key_encryption_key").current)
    who = str(uuid4())
    await http.get("/v1/people-lists", params={"names": who})
    (entry,) = await found(http, eventually, shown=who)
    async with await psycopg.AsyncConnection.connect(gateway.database.url) as connection:
        await connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        await connection.execute(
            "CREATE TEMP TABLE kept AS SELECT * FROM audit_entry WHERE entry_id = %s", [entry["id"]]
        )
        await connection.execute("DELETE FROM audit_entry WHERE entry_id = %s", [entry["id"]])
        await connection.commit()
        fault = (await verify(gateway.database, key)).fault
        await connection.execute("INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        await connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        await connection.commit()
    assert fault is not None
    assert fault.what == "entry_missing"


async def test_every_refusal_is_recorded_with_its_code(
    gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]
) -> None:
    """Who nobody knows is for an auditor of the nation; of a county's auditor only the county's clients."""
    await gateway.client("hardly-any", scopes=["things:read"])
    token = await gateway.token("hardly-any")
    async with httpx.AsyncClient(base_url=gateway.url) as other:
        mine = {"Authorization": f"Bearer {token}"}
        cases = {
            "refused-no-token": await other.get("/v1/people", headers={"X-Request-Id": "refused-no-token"}),
            "refused-bad-token": await other.get(
                "/v1/people", headers={"Authorization": "Bearer x.y.z", "X-Request-Id": "refused-bad-token"}
            ),
            "refused-scope": await other.get("/v1/people", headers=mine | {"X-Request-Id": "refused-scope"}),
            "refused-own-scope": await other.get("/v1/clients", headers=mine | {"X-Request-Id": "refused-own-scope"}),
            "refused-audit": await other.get("/v1/audit", headers=mine | {"X-Request-Id": "refused-audit"}),
            "refused-login": await other.post(
                "/oauth2/token",
                data={"grant_type": "client_credentials", "client_id": "hardly-any", "client_secret": "wrong"},
                headers={"X-Request-Id": "refused-login"},
            ),
            "refused-route": await other.get("/v1/nothing", headers=mine | {"X-Request-Id": "refused-route"}),
        }
    for name, answer in cases.items():
        assert answer.status_code in (400, 401, 403, 404), (name, answer.text)

    await gateway.client("national", scopes=["audit:read"], areas=["0" * 12])
    headers = {"Authorization": f"Bearer {await gateway.token('national')}"}
    seen: dict[str, dict[str, Any]] = {}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as national:

        async def all_there() -> bool:
            seen.update({entry["request_id"]: entry for entry in await entries(national, refused=True)})
            return cases.keys() <= seen.keys()

        await eventually(all_there, "an entry of each refusal", 10)
    ours = {entry["request_id"] for entry in await entries(http, refused=True)}
    assert "refused-scope" in ours
    assert "refused-no-token" not in ours
    for name, answer in cases.items():
        assert seen[name]["status"] == answer.status_code
        if "code" in answer.json():
            assert seen[name]["code"] == answer.json()["code"]
    assert seen["refused-scope"]["client_id"] == "hardly-any"
    assert seen["refused-scope"]["route"] == "/v1/people"


async def test_a_storm_of_refusals_is_counted_and_does_not_fill_the_record(
    gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]
) -> None:
    await gateway.client("stormy", scopes=["things:read"])
    token = await gateway.token("stormy")
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as other:
        for _ in range(14):
            answers = await asyncio.gather(*(other.get("/v1/people") for _ in range(50)))
            assert {answer.status_code for answer in answers} == {403}
    kept = await found(http, eventually, client_id="stormy")
    await asyncio.sleep(0.5)
    kept = await entries(http, client_id="stormy")
    assert 1 <= len(kept) <= 200, "a page holds 200"
    async with gateway.database.transaction() as session:
        total = await session.execute(text("SELECT count(*) FROM audit_entry WHERE client_id = 'stormy'"))
    assert 100 <= total.scalar_one() <= 600


async def test_a_refused_path_that_no_database_takes_holds_nobody_up(gateway: Any, http: httpx.AsyncClient) -> None:
    """A NUL in a path is refused; its entry must not keep every other entry from being written."""
    for path in ("/v1/people/%00", "/v1/people/%01%02", "/v1/people/%ed%a0%80", "/v1/%00/x"):
        refused = await http.get(httpx.URL(gateway.url + path), headers={"X-Request-Id": "refused-nul-path"})
        assert refused.status_code < 500, (path, refused.text)
    await asyncio.sleep(0.5)
    assert (await http.get("/v1/people")).status_code == 200
    assert (await http.post("/v1/people", json={"name": "x"})).status_code == 201
