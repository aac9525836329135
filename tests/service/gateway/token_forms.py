"""Tokens put together by hand, and the question of a client for one."""

from __future__ import annotations

import base64
import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import httpx

from gateway.access.keys import SigningKeys
from servicekit.crypto import FieldCipher

FORM = {"grant_type": "client_credentials"}
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())


async def ask(gateway: Any, signed: str, **more: str) -> httpx.Response:
    form = FORM | {"client_assertion_type": JWT_BEARER, "client_assertion": signed} | more
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        return await http.post("/oauth2/token", data=form)


async def keyring_of(gateway: Any) -> SigningKeys:
    """The gateway's own keys, opened as another replica would."""
    ring = SigningKeys(
        gateway.database, FieldCipher(b64decode(gateway.key_encryption_key)), lifetime=timedelta(days=30)
    )
    await ring.load()
    return ring
