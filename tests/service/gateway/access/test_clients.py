"""Administration of clients, and what it does to tokens that are out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

NEW = {
    "client_id": "edu-990101",
    "name": "县教育局学籍系统",
    "scopes": ["things:read"],
    "department": "EDU",
    "areas": ["990101000000"],
}


async def create(http: httpx.AsyncClient, client_id: str, **changes: Any) -> dict[str, Any]:
    answer = await http.post("/v1/clients", json=NEW | {"client_id": client_id} | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def token_with(gateway: Any, client_id: str, secret: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        return await http.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))


async def test_secret_is_shown_once_and_never_stored(gateway: Any, http: httpx.AsyncClient) -> None:
    from sqlalchemy import text

    answer = await http.post("/v1/clients", json=NEW)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/clients/edu-990101"
    assert answer.headers["cache-control"] == "no-store"
    secret = answer.json()["client_secret"]
    assert len(secret) >= 43
    read = await http.get("/v1/clients/edu-990101")
    assert "client_secret" not in read.json()
    assert read.json()["has_secret"] is True
    async with gateway.database.transaction() as session:
        stored = (
            await session.execute(text("SELECT client::text FROM client WHERE client_id = 'edu-990101'"))
        ).scalar()
    assert secret not in str(stored)
    assert (await token_with(gateway, "edu-990101", secret)).status_code == 200
    again = await http.post("/v1/clients", json=NEW)
    assert (again.status_code, again.json()["code"]) == (409, "gateway.client.exists")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"scopes": ["things:fly"]}, 422, "gateway.client.invalid", "/scopes/0"),
        ({"scopes": []}, 422, "invalid_input", "/scopes"),
        ({"areas": ["9901"]}, 422, "invalid_input", "/areas/0"),
        ({"areas": ["990102000000"]}, 403, "gateway.client.areas_beyond", None),
        ({"department": "XYZ"}, 422, "invalid_input", "/department"),
        ({"client_id": "Ä!"}, 422, "invalid_input", "/client_id"),
        ({"secret": "x"}, 422, "invalid_input", "/secret"),
        ({"jwks": [{"kty": "oct", "k": "AAAA"}]}, 422, "gateway.client.invalid", "/jwks"),
        ({"with_secret": False}, 422, "gateway.client.invalid", "/jwks"),
    ],
)
async def test_wrong_registrations_are_refused_with_pointers(
    http: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = await http.post("/v1/clients", json=NEW | {"client_id": "never-made"} | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if pointer:
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await http.get("/v1/clients/never-made")).status_code == 404


async def test_changes_need_the_version_that_was_seen(http: httpx.AsyncClient) -> None:
    await create(http, "versioned")
    etag = (await http.get("/v1/clients/versioned")).headers["etag"]
    assert (await http.patch("/v1/clients/versioned", json={"name": "x"})).status_code == 428
    changed = await http.patch("/v1/clients/versioned", json={"name": "新名"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["name"]) == (200, "新名")
    stale = await http.patch("/v1/clients/versioned", json={"name": "x"}, headers={"If-Match": etag})
    assert stale.status_code == 412


async def test_disabling_a_client_ends_its_tokens_within_seconds(gateway: Any, http: httpx.AsyncClient) -> None:
    made = await create(http, "to-disable")
    token = (await token_with(gateway, "to-disable", made["client_secret"])).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=bearer) as client:
        assert (await client.get("/v1/things")).status_code == 200
        etag = (await http.get("/v1/clients/to-disable")).headers["etag"]
        disabled = await http.patch("/v1/clients/to-disable", json={"status": "disabled"}, headers={"If-Match": etag})
        assert disabled.status_code == 200
        for _ in range(60):
            answer = await client.get("/v1/things")
            if answer.status_code == 401:
                break
            await asyncio.sleep(0.1)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert (await token_with(gateway, "to-disable", made["client_secret"])).status_code == 401


async def test_rotation_with_overlap_keeps_the_old_secret_and_without_ends_it(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    first = (await create(http, "rotating"))["client_secret"]
    second = (await http.post("/v1/clients/rotating/rotate-secret", json={"overlap_s": 3600})).json()["client_secret"]
    assert [(await token_with(gateway, "rotating", secret)).status_code for secret in (first, second)] == [200, 200]
    third = (await http.post("/v1/clients/rotating/rotate-secret", json={})).json()["client_secret"]
    statuses = [(await token_with(gateway, "rotating", secret)).status_code for secret in (first, second, third)]
    assert statuses == [401, 401, 200]


async def test_removed_client_is_gone_and_its_id_stays_taken(gateway: Any, http: httpx.AsyncClient) -> None:
    made = await create(http, "to-remove")
    etag = (await http.get("/v1/clients/to-remove")).headers["etag"]
    assert (await http.delete("/v1/clients/to-remove", headers={"If-Match": etag})).status_code == 204
    assert (await token_with(gateway, "to-remove", made["client_secret"])).status_code == 401
    assert (await http.post("/v1/clients", json=NEW | {"client_id": "to-remove"})).status_code == 409
    listed = [item["client_id"] for item in (await http.get("/v1/clients", params={"limit": 200})).json()["items"]]
    assert "to-remove" not in listed


async def test_nobody_changes_their_own_registration(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/v1/clients/everything")).headers["etag"]
    answer = await http.patch("/v1/clients/everything", json={"scopes": ["things:read"]}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["code"]) == (403, "gateway.client.self_change")


async def test_list_is_paged_by_key(http: httpx.AsyncClient) -> None:
    for number in range(5):
        await create(http, f"page-{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await http.get("/v1/clients", params={"limit": 2} | cursor)).json()
        seen += [item["client_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) >= 5


def run(gateway: Any, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env=gateway.environment | variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


async def test_operator_creates_known_clients_in_one_call(gateway: Any, tmp_path: Path) -> None:
    secret = "a-known-demo-secret-of-enough-length-0001"
    wanted = [
        {"client_id": "known", "scopes": ["things:read"], "areas": ["990101000000"], "secret": secret},
        {"client_id": "made", "scopes": ["things:read"], "department": "MED"},
    ]
    path = tmp_path / "clients.json"
    path.write_text(json.dumps(wanted))
    first = await asyncio.to_thread(run, gateway, "bootstrap-client", "--from-file", str(path))
    assert first.returncode == 0, first.stderr
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert lines[0] == {"client_id": "known"}
    made = lines[1]["client_secret"]
    assert (await token_with(gateway, "known", secret)).status_code == 200
    again = await asyncio.to_thread(run, gateway, "bootstrap-client", "--from-file", str(path))
    assert [json.loads(line) for line in again.stdout.splitlines()] == [{"client_id": "known"}, {"client_id": "made"}]
    assert (await token_with(gateway, "made", made)).status_code == 200
    short = await asyncio.to_thread(
        run, gateway, "bootstrap-client", "--client-id", "weak", "--scopes", "things:read",
        "--secret-env", "WEAK_SECRET", WEAK_SECRET="too-short",
    )  # fmt: skip
    assert short.returncode == 2
    assert "too-short" not in short.stderr + short.stdout


async def test_operator_gives_scopes_and_areas_on_the_command_line(gateway: Any) -> None:
    done = await asyncio.to_thread(
        run, gateway, "bootstrap-client", "--client-id", "admin", "--scopes", "clients:manage,audit:read",
        "--areas", "000000000000",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    secret = json.loads(done.stdout)["client_secret"]
    answer = await token_with(gateway, "admin", secret)
    assert answer.json()["scope"] == "audit:read clients:manage"


async def test_missing_and_unsafe_settings_stop_the_start_by_name(gateway: Any) -> None:
    without = {name: value for name, value in gateway.environment.items() if name != "GATEWAY_KEY_ENCRYPTION_KEY"}
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "gateway", "api"],
            env=without,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    )
    assert done.returncode == 2
    assert "GATEWAY_KEY_ENCRYPTION_KEY" in done.stderr
    unsafe = await asyncio.to_thread(run, gateway, "api", GATEWAY_MODE="production")
    assert unsafe.returncode == 2
    assert "allow_plaintext" in unsafe.stderr
