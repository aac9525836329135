"""The token endpoint, and every way in which a token may be wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from gateway.access.keys import SigningKeys
from servicekit.crypto import FieldCipher
from servicekit.ids import new_id

FORM = {"grant_type": "client_credentials"}
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def keyring_of(gateway: Any) -> SigningKeys:
    """The gateway's own keys, opened as another replica would."""
    ring = SigningKeys(
        gateway.database, FieldCipher(b64decode(gateway.key_encryption_key)), lifetime=timedelta(days=30)
    )
    await ring.load()
    return ring


def claims_for(gateway: Any, **overrides: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": gateway.url,
        "aud": "bangfu",
        "sub": "everything",
        "client_id": "everything",
        "iat": now,
        "exp": now + 300,
        "jti": new_id(),
        "scope": "things:read",
        "areas": ["990101000000"],
    } | overrides
    return {name: value for name, value in claims.items() if value is not None}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())


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
            (b"grant_type=client_credentials&x=" + b"a" * 20_000, "application/x-www-form-urlencoded"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ):
            answer = await http.post("/oauth2/token", content=content, headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


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
        answer = await http.post("/oauth2/token", data=FORM, auth=("locked-out", secret))
    assert (answer.status_code, answer.json()["code"]) == (429, "gateway.token.locked")
    assert int(answer.headers["retry-after"]) > 200


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


async def ask(gateway: Any, signed: str, **more: str) -> httpx.Response:
    form = FORM | {"client_assertion_type": JWT_BEARER, "client_assertion": signed} | more
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        return await http.post("/oauth2/token", data=form)


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


Forge = Callable[[Any, SigningKeys], str]


def own(**overrides: Any) -> Forge:
    """A token signed with the gateway's real key, but with other claims or another header."""
    header = overrides.pop("header", {})

    def forge(gateway: Any, ring: SigningKeys) -> str:
        key = ring.signer()
        claims = {name: value(gateway) if callable(value) else value for name, value in overrides.items()}
        full = {"alg": "ES256", "typ": "at+jwt", "kid": key.stored.kid} | header
        assert key.private is not None
        return jwt.encode({n: v for n, v in full.items() if v is not None}, claims_for(gateway, **claims), key.private)

    return forge


def alg_none(gateway: Any, _: SigningKeys) -> str:
    return unsigned({"alg": "none", "typ": "at+jwt"}, claims_for(gateway)) + "."


def hs256_with_public_key(gateway: Any, ring: SigningKeys) -> str:
    key = ring.signer()
    text = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": key.stored.kid}, claims_for(gateway))
    pem = ECKey.import_key(key.stored.public_jwk).as_pem(private=False)
    return text + "." + b64(hmac.new(pem, text.encode(), hashlib.sha256).digest())


def foreign_key_same_kid(gateway: Any, ring: SigningKeys) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": ring.signer().stored.kid}
    return jwt.encode(header, claims_for(gateway), ECKey.generate_key("P-256"))


def key_in_header(gateway: Any, _: SigningKeys) -> str:
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims_for(gateway), key)


def changed_payload(gateway: Any, ring: SigningKeys) -> str:
    header, _, signature = own()(gateway, ring).split(".")
    return ".".join((header, b64(json.dumps(claims_for(gateway, scope="clients:manage")).encode()), signature))


ATTACKS: dict[str, Forge] = {
    "alg none": alg_none,
    "HS256 with the public key": hs256_with_public_key,
    "foreign key, our kid": foreign_key_same_kid,
    "key in the header": key_in_header,
    "changed payload": changed_payload,
    "wrong audience": own(aud="another-system"),
    "no audience": own(aud=None),
    "unknown issuer": own(iss="https://evil.example"),
    "issuer missing": own(iss=None),
    "id token type": own(header={"typ": "JWT"}),
    "no type": own(header={"typ": None}),
    "expired": own(exp=lambda _: int(time.time()) - 60),
    "no expiry": own(exp=None),
    "not valid yet": own(nbf=lambda _: int(time.time()) + 600),
    "expiry is text": own(exp="9999999999"),
    "unknown department": own(dept="XXX"),
    "areas are no codes": own(areas=["99"]),
    "areas are no list": own(areas=5),
    "not a JWT": lambda *_: "abc",
    "three dots": lambda *_: "a.b.c",
    "unicode": lambda *_: "ü.ü.ü",
    "huge": lambda *_: "a" * 9000,
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_wrong_token_is_refused_with_401(gateway: Any, name: str) -> None:
    token = ATTACKS[name](gateway, await keyring_of(gateway))
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for path in ("/v1/things", "/v1/clients"):
            answer = await http.get(path, headers={"Authorization": f"Bearer {token}".encode("latin-1")})
            assert answer.status_code == 401, (path, answer.text)
            assert answer.json()["code"] == "token_invalid"
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_token_of_ours_with_the_right_claims_is_taken(gateway: Any) -> None:
    """The attacks above differ from this one in one thing each."""
    token = own()(gateway, await keyring_of(gateway))
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/v1/things")).status_code == 200


@pytest.mark.parametrize("value", [None, "", "Basic YTpi", "Bearer", "token"])
async def test_missing_token_is_a_401_with_a_challenge(gateway: Any, value: str | None) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        answer = await http.get("/v1/things", headers={} if value is None else {"Authorization": value})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_flood_of_unknown_keys_does_not_reach_the_database_each_time(gateway: Any) -> None:
    """Tokens with invented key ids may make the gateway look for new keys, but not as often as they come."""
    from sqlalchemy import text

    async def scans() -> int:
        async with gateway.database.transaction() as session:
            await session.execute(text("SELECT pg_stat_clear_snapshot()"))
            found = await session.execute(
                text("SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'signing_key'")
            )
            return int(found.scalar_one())

    key = ECKey.generate_key("P-256")
    before = await scans()
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for number in range(200):
            header = {"alg": "ES256", "typ": "at+jwt", "kid": f"invented-{number}"}
            token = jwt.encode(header, claims_for(gateway), key)
            assert (await http.get("/v1/things", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert await scans() - before < 40


async def test_missing_scope_other_department_and_other_area_are_refused(gateway: Any) -> None:
    await gateway.client("few", scopes=["things:read", "people:read"], department="MED", areas=["990101101000"])
    token = await gateway.token("few")
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as http:
        scope = await http.post("/v1/things", json={"name": "x"})
        assert (scope.status_code, scope.json()["code"]) == (403, "scope_missing")
        department = await http.get("/v1/education-only")
        assert (department.status_code, department.json()["code"]) == (403, "department_mismatch")
        for url in (
            "/v1/people?area=990101102000",
            "/v1/people?area=990101000000",
            "/v1/people?area=990101101000&area=990101102000",
            "/v1/people?%61rea=990101102000",
        ):
            area = await http.get(url)
            assert (area.status_code, area.json()["code"]) == (404, "area_outside"), url
        malformed = await http.get("/v1/people?area=99010110")
        assert (malformed.status_code, malformed.json()["code"]) == (422, "gateway.area.malformed")
        inside = await http.get("/v1/people?area=990101101201")
        assert inside.status_code == 200
        assert inside.headers["cache-control"] == "no-store"


async def test_rotated_keys_overlap_and_revoked_keys_do_not(gateway: Any, eventually: Any) -> None:
    old = await gateway.token("everything")
    ring = await keyring_of(gateway)
    kid = await ring.rotate()
    async with httpx.AsyncClient(base_url=gateway.url) as http:

        async def status_of(token: str) -> int:
            return (await http.get("/v1/things", headers={"Authorization": f"Bearer {token}"})).status_code

        async def new_key_is_known() -> bool:
            return await status_of(own()(gateway, ring)) == 200

        # Behind the gateway each service looks for new keys at most every five seconds.
        await eventually(new_key_is_known, "use of another replica's new key", 8)
        assert await status_of(old) == 200
        published = [key["kid"] for key in (await http.get("/.well-known/jwks.json")).json()["keys"]]
        assert kid in published
        assert len(published) >= 2

        await ring.rotate(revoke=True)
        await eventually(new_key_is_known, "use of the newest key", 8)
        assert await status_of(old) == 401
        fresh = await gateway.token("everything")
        assert json.loads(base64.urlsafe_b64decode(fresh.split(".")[0] + "=="))["kid"] == ring.signer().stored.kid


async def test_further_issuer_is_trusted_and_its_unknown_keys_cannot_flood_it(gateway: Any) -> None:
    issuer = gateway.scripted.issuer
    areas = ["990101000000"]
    good = issuer.token(scopes=["clients:manage"], areas=areas, client_id="foreign")
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        assert (await http.get("/v1/clients", headers={"Authorization": f"Bearer {good}"})).status_code == 200
        before = gateway.scripted.jwks_reads
        stranger = ECKey.generate_key("P-256")
        started = time.monotonic()
        for number in range(100):
            header = {"alg": "ES256", "typ": "at+jwt", "kid": f"invented-{number}"}
            forged = jwt.encode(header, claims_for(gateway, iss="https://issuer.test"), stranger)
            answer = await http.get("/v1/things", headers={"Authorization": f"Bearer {forged}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
        assert gateway.scripted.jwks_reads - before <= 2 + (time.monotonic() - started) / 5


async def test_issuer_that_is_away_is_a_503_at_once_and_hinders_nobody(gateway: Any) -> None:
    token = jwt.encode(
        {"alg": "ES256", "typ": "at+jwt"}, claims_for(gateway, iss="https://away.test"), ECKey.generate_key("P-256")
    )
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for _ in range(5):
            answer = await http.get("/v1/things", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["retry-after"]
        good = await gateway.token("everything")
        assert (await http.get("/v1/things", headers={"Authorization": f"Bearer {good}"})).status_code == 200
