"""Signing keys as they are stored, and as an upgrade finds them."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from gateway.access.keys import SigningKeys
from servicekit.crypto import FieldCipher
from servicekit.replicas import REPLICA_HEADER, said


async def test_stored_private_keys_are_encrypted(gateway: Any) -> None:
    async with gateway.database.transaction() as session:
        rows = (await session.execute(text("SELECT private_sealed, public_jwk::text FROM signing_key"))).all()
    assert rows
    for sealed, public in rows:
        assert sealed.startswith("v1.aesgcm.")
        assert '"d"' not in public
    other = SigningKeys(gateway.database, FieldCipher(bytes(range(32))), lifetime=timedelta(days=30))
    await other.load()
    assert all(key.private is None for key in other._keys)


async def test_keys_that_an_earlier_release_sealed_are_replaced_and_their_tokens_live_on(
    gateway: Any, eventually: Any
) -> None:
    """It named the key that seals by its fingerprint, where ours is `k1`: ours cannot open what it sealed."""

    def kid_of(token: str) -> str:
        return str(json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"])

    before = await gateway.token("everything")
    async with gateway.database.transaction() as session:
        named = "replace(private_sealed, 'v1.aesgcm.k1.', 'v1.aesgcm.k3f2a91bc07de.')"
        await session.execute(text(f"UPDATE signing_key SET private_sealed = {named}"))
        await session.execute(text("DELETE FROM key_use"))  # the table came with the upgrade
    gateway.process.stop()
    gateway.process.start()
    async with httpx.AsyncClient(base_url=gateway.url) as http:

        async def is_ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await eventually(is_ready, "readiness of the upgraded gateway", 120)
        fresh = await gateway.token("everything")
        assert kid_of(fresh) != kid_of(before)

        async def is_taken(token: str) -> bool:
            answer = await http.get("/v1/things", headers={"Authorization": f"Bearer {token}"})
            return answer.status_code == 200

        assert await is_taken(before)
        # Behind the gateway each service looks for new keys at most every five seconds.
        await eventually(lambda: is_taken(fresh), "use of the new key", 8)
        published = {key["kid"] for key in (await http.get("/.well-known/jwks.json")).json()["keys"]}
        assert {kid_of(fresh), kid_of(before)} <= published


async def test_revoked_keys_are_refused_everywhere_in_two_seconds_and_every_process_confirms(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    before = await gateway.token("everything")
    bearer = {"Authorization": f"Bearer {before}"}
    async with httpx.AsyncClient() as direct:
        for base in (gateway.url, gateway.upstream_url):
            assert (await direct.get(f"{base}/v1/things", headers=bearer)).status_code == 200
        done = await asyncio.to_thread(
            lambda: subprocess.run(
                [sys.executable, "-m", "gateway", "rotate-keys", "--revoke"],
                env=gateway.environment, capture_output=True, text=True, timeout=120, check=False,
            )
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert told["unconfirmed"] == []
        assert len(told["confirmed"]) >= 2, "the gateway and the service behind it"
        # Whoever has confirmed refuses, and not only at the edge.
        for base in (gateway.url, gateway.upstream_url):
            refused = await direct.get(f"{base}/v1/things", headers=bearer)
            assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid"), base
        fresh = {"Authorization": f"Bearer {await gateway.token('everything')}"}
        listed = await direct.get(f"{gateway.url}/v1/replicas", headers=fresh)
        assert {item["replica"] for item in listed.json()["items"]} >= set(told["confirmed"])
        assert all(item["is_confirmed"] for item in listed.json()["items"])


async def test_a_process_that_has_not_confirmed_is_named(gateway: Any, eventually: Callable[..., Any]) -> None:
    """One that asks with the keys of before is one that still takes them."""
    name = "registry/elsewhere/0123456789abcdef"
    key = gateway.environment["GATEWAY_REPLICA_KEY"]
    bearer = {"Authorization": f"Bearer {await gateway.token('everything')}"}
    async with httpx.AsyncClient(base_url=gateway.url) as http:

        async def ask(digest: str, *, confirms: bool) -> None:
            asked = {REPLICA_HEADER: said(key, name, digest, time.time()), "If-None-Match": f'"{digest}"'}
            answer = await http.get("/.well-known/jwks.json", headers=asked)
            assert answer.status_code == (304 if confirms else 200)

            async def is_listed() -> bool:
                items = (await http.get("/v1/replicas", headers=bearer)).json()["items"]
                return {item["replica"]: item["is_confirmed"] for item in items}.get(name) is confirms

            await eventually(is_listed, f"{name} with {digest}")

        current = (await http.get("/.well-known/jwks.json")).headers["etag"].strip('"')
        await ask("of-before", confirms=False)
        await ask(current, confirms=True)


async def test_nobody_confirms_for_another_or_invents_a_process(gateway: Any, eventually: Callable[..., Any]) -> None:
    """Without the key of the installation, with an old proof, or with the proof of other keys."""
    key = gateway.environment["GATEWAY_REPLICA_KEY"]
    bearer = {"Authorization": f"Bearer {await gateway.token('everything')}"}
    names = [f"registry/forged/{number:016x}" for number in range(5)]
    behind = "registry/behind/00000000000000ff"
    now = time.time()
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        digest = (await http.get("/.well-known/jwks.json")).headers["etag"].strip('"')
        for value in (
            names[0],
            f"{names[1]} {int(now)} {'0' * 64}",
            said("another key of thirty-two characters", names[2], digest, now),
            said(key, names[3], digest, now - 120),
            said(key, names[4], "of-before", now),
            said(key, behind, digest, now),
        ):
            asked = {REPLICA_HEADER: value, "If-None-Match": f'"{digest}"'}
            assert (await http.get("/.well-known/jwks.json", headers=asked)).status_code == 304
        listed: set[str] = set()

        async def the_last_is_listed() -> bool:
            items = (await http.get("/v1/replicas", headers=bearer)).json()["items"]
            listed.update(item["replica"] for item in items)
            return behind in listed

        await eventually(the_last_is_listed, "the process that asked behind them")
        assert not listed & set(names)
