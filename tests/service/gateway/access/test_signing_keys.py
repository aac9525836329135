"""Signing keys as they are stored, and as an upgrade finds them."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from gateway.access.keys import SigningKeys
from servicekit.crypto import FieldCipher


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
