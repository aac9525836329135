"""The token endpoint: who gets a token, and for what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from token_forms import FORM, ask, b64, unsigned

from servicekit.ids import new_id


async def test_both_secret_ways_give_an_rfc_9068_token(gateway: Any) -> None:
    secret = gateway.secrets["everything"]
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        basic = await http.post("/oauth2/token", data=FORM, auth=("everything", secret))
        post = await http.post("/oauth2/token", data=FORM | {"client_id": "everything", "client_secret": secret})
        keys = (await http.get("/.well-known/jwks.json")).json()
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    for answer in (basic, post):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
        header = json.loads(base64.urlsafe_b64decode(body["access_token"].split(".")[0] + "=="))
        assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
        assert header["kid"] in [key["kid"] for key in keys["keys"]]
        key = next(ECKey.import_key(key) for key in keys["keys"] if key["kid"] == header["kid"])
        claims = jwt.decode(body["access_token"], key, algorithms=["ES256"]).claims
        assert {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "areas"} <= set(claims)
        assert 300 <= claims["exp"] - claims["iat"] <= 600
    assert not {"d"} & set(keys["keys"][0])
    assert metadata["issuer"] == gateway.url
    assert metadata["token_endpoint"] == f"{gateway.url}/oauth2/token"


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        ({}, ("everything", None), 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, ("everything", None), 400, "unsupported_grant_type"),
        (FORM, None, 400, "invalid_request"),
        (FORM, ("everything", "wrong"), 401, "invalid_client"),
        (FORM, ("nobody-here", "wrong"), 401, "invalid_client"),
        (FORM, ("'; DROP TABLE client; --", "wrong"), 401, "invalid_client"),
        (FORM | {"client_secret": "x", "client_id": "everything"}, ("everything", None), 400, "invalid_request"),
        (FORM | {"scope": "things:read root:everything"}, ("everything", None), 400, "invalid_scope"),
    ],
)
async def test_wrong_token_requests_get_an_oauth_error_that_is_a_problem(
    gateway: Any, form: dict[str, str], auth: tuple[str, str | None] | None, status: int, error: str
) -> None:
    given = (auth[0], auth[1] or gateway.secrets["everything"]) if auth else None
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        answer = await http.post("/oauth2/token", data=form or {"x": "1"}, **({"auth": given} if given else {}))
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] == error
    assert body["code"] == f"gateway.token.{error}"
    assert body["title"]
    assert body["advice"]


async def test_a_parameter_given_twice_and_other_types_are_refused(gateway: Any) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for content, kind in (
            (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
            (b'{"grant_type": "client_credentials"}', "application/json"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ):
            answer = await http.post("/oauth2/token", content=content, headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await http.post("/oauth2/token", content=b"a=" + b"a" * 20_000, headers=form)
        assert (answer.status_code, answer.json()["code"]) == (413, "gateway.body.too_large")


async def test_requested_scope_narrows_the_token(gateway: Any) -> None:
    token = await gateway.token("everything", scope="things:read")
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/v1/things")).status_code == 200
        refused = await http.post("/v1/things", json={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert refused.json()["required_scope"] == "things:write"


async def test_wrong_secrets_lock_the_client_for_that_address(gateway: Any) -> None:
    secret = await gateway.client("locked-out", scopes=["things:read"])
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for _ in range(10):
            assert (await http.post("/oauth2/token", data=FORM, auth=("locked-out", "wrong"))).status_code == 401
        answer = await http.post("/oauth2/token", data=FORM, auth=("locked-out", "wrong"))
        # An address that nobody trusts as a proxy cannot invent others.
        forged = [{"X-Forwarded-For": f"10.1.2.{number}"} for number in range(5)]
        evaded = [
            await http.post("/oauth2/token", data=FORM, auth=("locked-out", "wrong"), headers=invented)
            for invented in forged
        ]
        owner = await http.post("/oauth2/token", data=FORM, auth=("locked-out", secret))
    assert (answer.status_code, answer.json()["code"]) == (429, "gateway.token.locked")
    assert int(answer.headers["retry-after"]) > 200
    assert {each.status_code for each in evaded} == {429}
    assert owner.status_code == 200, "whoever knows the secret is not locked out by those who guess"


async def register_keys(gateway: Any, client_id: str, *keys: Any) -> None:
    from gateway.access.service import BootstrapClient, bootstrap

    public = [key.as_dict(private=False) | {"kid": f"k{number}"} for number, key in enumerate(keys)]
    async with gateway.database.transaction() as session:
        await bootstrap(session, BootstrapClient(client_id=client_id, scopes=["things:read"], jwks=public))


def assertion(key: Any, gateway: Any, client_id: str, *, kid: str = "k0", alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": client_id, "sub": client_id, "aud": gateway.url, "iat": now, "exp": now + 120, "jti": new_id(),
    } | {name: value for name, value in changes.items() if name != "typ"}  # fmt: skip
    header = {"alg": alg, "kid": kid} | ({"typ": changes["typ"]} if "typ" in changes else {})
    return jwt.encode(header, {n: v for n, v in claims.items() if v is not None}, key, algorithms=[alg])


async def test_private_key_jwt_works_once_per_assertion(gateway: Any) -> None:
    ec, okp = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
    await register_keys(gateway, "key-holder", ec, okp)
    signed = assertion(ec, gateway, "key-holder")
    assert (await ask(gateway, signed)).status_code == 200
    replayed = await ask(gateway, signed)
    assert (replayed.status_code, replayed.json()["error"]) == (401, "invalid_client")
    endpoint = assertion(okp, gateway, "key-holder", kid="k1", alg="Ed25519", aud=f"{gateway.url}/oauth2/token")
    assert (await ask(gateway, endpoint, client_id="key-holder")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"sub": "everything"},
        {"aud": "https://other.example"},
        {"exp": 1},
        {"exp": None},
        {"exp": int(time.time()) + 86_400},
        {"jti": None},
        {"jti": "short"},
        {"iat": int(time.time()) + 3600},
        {"typ": "at+jwt"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_bad_assertions_are_refused(gateway: Any, changes: dict[str, Any]) -> None:
    key = ECKey.generate_key("P-256")
    await register_keys(gateway, f"bad-{new_id()[-12:]}", key)
    client_id = f"bad-{new_id()[-12:]}"
    await register_keys(gateway, client_id, key)
    answer = await ask(gateway, assertion(key, gateway, client_id, **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_assertion_of_another_key_or_of_a_secret_client_is_refused(gateway: Any) -> None:
    key, stranger = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    await register_keys(gateway, "keyed", key)
    for signed in (assertion(stranger, gateway, "keyed"), assertion(stranger, gateway, "everything")):
        assert (await ask(gateway, signed)).status_code == 401
    header, payload, _ = assertion(key, gateway, "keyed").split(".")
    public = json.dumps(key.as_dict(private=False)).encode()
    hs = unsigned({"alg": "HS256", "kid": "k0"}, json.loads(base64.urlsafe_b64decode(payload + "==")))
    forged = hs + "." + b64(hmac.new(public, hs.encode(), hashlib.sha256).digest())
    assert (await ask(gateway, forged)).status_code == 401
    assert (await ask(gateway, f"{header}.{payload}.")).status_code == 401
