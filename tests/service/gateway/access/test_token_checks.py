"""Which tokens the gateway takes: its own, as it made them, and those of the issuers that it trusts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from token_forms import ask, b64, keyring_of, unsigned

from gateway.access.keys import SigningKeys
from servicekit.ids import new_id


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
        waited_s = time.monotonic() - started  # keys are looked at once a second anyhow, so that revoked ones go
        assert gateway.scripted.jwks_reads - before <= 2 + waited_s + waited_s / 5


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


@pytest.mark.parametrize(
    "inner", [b"[" * 1500 + b"]" * 1500, b'{"iss":' + b"[" * 5000, b"\xff", b"null", b"[]", b"5", b'{"iss":[]}']
)
async def test_bytes_of_strangers_are_refused_where_a_token_is_read(gateway: Any, inner: bytes) -> None:
    """No credentials are needed to send these; none of them may end in a 500."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    good = part(b'{"alg":"ES256","typ":"at+jwt"}')
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        for token in (f"{good}.{part(inner)}.AAAA", f"{part(inner)}.{good}.AAAA", f"{part(inner)}.{part(inner)}."):
            for path in ("/v1/things", "/v1/clients"):
                refused = await http.get(path, headers={"Authorization": f"Bearer {token}"})
                assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
            answer = await ask(gateway, token)
            assert answer.status_code == 401, answer.text
