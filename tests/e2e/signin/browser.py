"""What a person does at Keycloak's pages, and an application around it: by plain HTTP, nothing of ours in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

REDIRECT = "http://127.0.0.1:1/callback"  # nobody listens: the test reads the address that the browser is sent to


@dataclass(frozen=True)
class Person:
    """Somebody who has an account."""

    username: str
    subject: str
    password: str
    totp_secret: str

    def one_time_code(self) -> str:
        """The code that the person's device shows now (RFC 6238)."""
        key = base64.b32decode(self.totp_secret)
        digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
        offset = digest[-1] & 15
        (number,) = struct.unpack(">I", digest[offset : offset + 4])
        return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


@dataclass(frozen=True)
class Realm:
    """The issuer, its applications and its people, as scripts/keycloak.py lists them."""

    issuer: str
    client_id: str
    other_client_id: str
    silent_client_id: str
    people: tuple[Person, ...]
    endpoints: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the list, and the issuer's discovery document."""
        known = json.loads(path.read_text(encoding="utf-8"))
        people = tuple(Person(**person) for person in known.pop("people"))
        answer = httpx.get(f"{known['issuer']}/.well-known/openid-configuration", timeout=30)
        return cls(**known, people=people, endpoints=answer.raise_for_status().json())


@dataclass(frozen=True)
class Answer:
    """How a visit at the issuer ended."""

    page: str
    location: str | None

    @property
    def parameters(self) -> dict[str, str]:
        """What the application is told in the address that the browser is sent to."""
        return {name: value for name, (value, *_) in parse_qs(urlsplit(self.location or "").query).items()}


async def visit(address: str, person: Person, *, code: str | None = None) -> Answer:
    """Open the authorization page as a browser does and sign in with password and second factor."""
    async with httpx.AsyncClient(timeout=60) as browser:
        answer = await browser.get(address)
        for form in (
            {"username": person.username, "password": person.password},
            {"otp": code or person.one_time_code()},
        ):
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            if action is None:
                break
            for cookie in browser.cookies.jar:
                cookie.secure = False  # a browser takes loopback for safe, this jar does not
            answer = await browser.post(html.unescape(action.group(1)), data=form)
        return Answer(answer.text, answer.headers.get("location"))


def challenge_of(verifier: str) -> str:
    """PKCE, S256 (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def address_of(realm: Realm, client_id: str, **parameters: str) -> str:
    """Where an application sends the browser."""
    asked = {"client_id": client_id, "response_type": "code", "redirect_uri": REDIRECT, "scope": "openid"}
    return str(httpx.URL(realm.endpoints["authorization_endpoint"], params=asked | {"state": "s"} | parameters))


async def redeem(realm: Realm, client_id: str, code: str, verifier: str) -> httpx.Response:
    """Exchange a code for tokens."""
    form = {
        "grant_type": "authorization_code", "client_id": client_id, "code": code, "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }  # fmt: skip
    async with httpx.AsyncClient(timeout=30) as http:
        return await http.post(realm.endpoints["token_endpoint"], data=form)


async def tokens_of(realm: Realm, person: Person, *, client_id: str | None = None) -> dict[str, str]:
    """Sign somebody in at an application; give the tokens."""
    client_id, verifier = client_id or realm.client_id, secrets.token_urlsafe(48)
    parameters = {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256", "nonce": "n"}
    answer = await visit(address_of(realm, client_id, **parameters), person)
    assert answer.location is not None, answer.page
    redeemed = await redeem(realm, client_id, answer.parameters["code"], verifier)
    assert redeemed.status_code == 200, redeemed.text
    return dict(redeemed.json())


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; nobody looks at its signature here."""
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
