"""The HTTP edge that every service shares: access, problems, transactions, idempotency, tracing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Header, Response
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, SecretStr
from sqlalchemy import text

from contracts.vocabulary import Department, FieldClass
from servicekit.app import create_service_app
from servicekit.auth import Principal, requires
from servicekit.db import Database, Tx
from servicekit.etags import etag_of, require_match
from servicekit.idempotency import IdempotencyKey
from servicekit.ids import new_id
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import Conflict, InvalidInput, Unavailable
from servicekit.settings import ServiceSettings
from servicekit.verifier import TokenVerifier
from serving import TEST_ISSUERS, IssuerForTests, serve_app

router = APIRouter()
CanWrite = Annotated[Principal, requires("effects:write", purpose="to test the kit", classes=(FieldClass.S2,))]


class EffectIn(BaseModel):
    area_code: str
    seen: int


class EffectOut(BaseModel):
    event_id: str


@router.post("/v1/effects", status_code=201)
async def create_effect(
    body: EffectIn,
    session: Tx,
    principal: CanWrite,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> EffectOut:
    """Write one row, once per key."""
    principal.require_area(body.area_code)

    async def create() -> EffectOut:
        event_id = new_id()
        await session.execute(
            text("INSERT INTO effect VALUES (:id, :area, :seen)"),
            {"id": event_id, "area": body.area_code, "seen": body.seen},
        )
        if body.seen == 409:
            raise Conflict("told to fail after the write")
        if body.seen == 500:
            raise ZeroDivisionError("an ID number such as 99010119800101001X must not leave")
        return EffectOut(event_id=event_id)

    return await key.once(session, principal, "POST /v1/effects", body, create, EffectOut, response)


@router.post("/v1/deferred")
async def fail_at_commit(session: Tx, _: CanWrite) -> dict[str, str]:
    """A constraint that is only checked at commit."""
    await session.execute(text("INSERT INTO deferred (parent) VALUES ('nobody')"))
    return {"status": "accepted"}


@router.put("/v1/versions/{version}")
async def put_version(version: int, _: CanWrite, if_match: Annotated[str | None, Header()] = None) -> dict[str, str]:
    """Check If-Match against the version in the path."""
    require_match(if_match, version)
    return {"etag": etag_of(version)}


@router.post("/v1/for-department/{department}")
async def act_for(department: Department, principal: CanWrite) -> dict[str, str]:
    """Act for a department."""
    principal.require_department(department)
    return {"department": department}


@pytest.fixture
async def client(database: Database, issuer: IssuerForTests) -> AsyncIterator[httpx.AsyncClient]:
    settings = ServiceSettings(
        mode="embedded", database_url=SecretStr(database.url), bus_url=SecretStr("embedded:unused"), issuers=[]
    )
    app = create_service_app(settings, service="registry", title="Kit", routers=[router])
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE parent (id text PRIMARY KEY)"))
        await session.execute(
            text("CREATE TABLE deferred (parent text REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        )
    async with serve_app(app, issuer) as opened:
        yield opened


async def count(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM effect"))).scalar_one())


BODY = {"area_code": "990101101201", "seen": 1}


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code
    assert document["title"]
    assert document["advice"]
    assert document["trace_id"]
    return document


async def test_a_commit_that_fails_is_not_answered_as_accepted(client: httpx.AsyncClient, issuer: Any) -> None:
    response = await client.post("/v1/deferred", headers=issuer.headers("effects:write"))
    problem_of(response, 500, "internal")


@pytest.mark.parametrize(("seen", "status", "code"), [(409, 409, "conflict"), (500, 500, "internal")])
async def test_an_error_after_a_write_leaves_nothing(
    client: httpx.AsyncClient, issuer: Any, database: Database, seen: int, status: int, code: str
) -> None:
    headers = issuer.headers("effects:write") | {"Idempotency-Key": "k"}
    response = await client.post("/v1/effects", json=BODY | {"seen": seen}, headers=headers)
    document = problem_of(response, status, code)
    assert "99010119800101001X" not in json.dumps(document)
    assert await count(database) == 0
    # A failure is not remembered as done: the same key may be used for the mended request.
    assert (await client.post("/v1/effects", json=BODY, headers=headers)).status_code == 201


async def test_a_value_the_database_cannot_store_is_the_callers_fault(
    client: httpx.AsyncClient, issuer: Any, database: Database
) -> None:
    body = BODY | {"seen": 2**40}
    response = await client.post("/v1/effects", json=body, headers=issuer.headers("effects:write"))
    problem_of(response, 422, "invalid_input")
    assert await count(database) == 0


async def test_a_repeated_key_gives_the_first_answer(
    client: httpx.AsyncClient, issuer: Any, database: Database
) -> None:
    headers = issuer.headers("effects:write") | {"Idempotency-Key": "k1"}
    first, *others = await asyncio.gather(*(client.post("/v1/effects", json=BODY, headers=headers) for _ in range(5)))
    assert {response.json()["event_id"] for response in (first, *others)} == {first.json()["event_id"]}
    assert sum(response.headers.get("Idempotent-Replayed") == "true" for response in (first, *others)) == 4
    assert await count(database) == 1
    reused = await client.post("/v1/effects", json=BODY | {"seen": 2}, headers=headers)
    problem_of(reused, 422, "idempotency_key_reused")
    other_client = issuer.headers("effects:write", client_id="other") | {"Idempotency-Key": "k1"}
    assert (await client.post("/v1/effects", json=BODY, headers=other_client)).status_code == 201
    assert await count(database) == 2


async def test_wrong_shape_points_at_the_field_and_repeats_no_value(client: httpx.AsyncClient, issuer: Any) -> None:
    headers = issuer.headers("effects:write")
    response = await client.post("/v1/effects", json={"area_code": 5, "seen": "99010119800101001X"}, headers=headers)
    document = problem_of(response, 422, "invalid_input")
    assert {error["pointer"] for error in document["errors"]} == {"/area_code", "/seen"}
    assert "99010119800101001X" not in response.text
    broken = headers | {"Content-Type": "application/json"}
    problem_of(await client.post("/v1/effects", content=b"{", headers=broken), 400, "malformed_body")
    problem_of(await client.get("/v1/nowhere", headers=headers), 404, "not_found")
    problem_of(await client.delete("/v1/effects", headers=headers), 405, "method_not_allowed")


async def test_an_area_outside_the_callers_looks_missing(client: httpx.AsyncClient, issuer: Any) -> None:
    body = BODY | {"area_code": "990102101201"}
    problem_of(
        await client.post("/v1/effects", json=body, headers=issuer.headers("effects:write")), 404, "area_outside"
    )


async def test_departments_act_for_themselves(client: httpx.AsyncClient, issuer: Any) -> None:
    own = issuer.headers("effects:write", department="EDU")
    assert (await client.post("/v1/for-department/EDU", headers=own)).status_code == 200
    problem_of(await client.post("/v1/for-department/MED", headers=own), 403, "department_mismatch")
    bureau = issuer.headers("effects:write", "departments:any")
    assert (await client.post("/v1/for-department/MED", headers=bureau)).status_code == 200
    nobody = issuer.headers("effects:write")
    problem_of(await client.post("/v1/for-department/MED", headers=nobody), 403, "department_mismatch")
    problem_of(await client.post("/v1/for-department/XXX", headers=own), 422, "invalid_input")


async def test_if_match_guards_a_version(client: httpx.AsyncClient, issuer: Any) -> None:
    headers = issuer.headers("effects:write")
    problem_of(await client.put("/v1/versions/3", headers=headers), 428, "precondition_required")
    stale = await client.put("/v1/versions/3", headers=headers | {"If-Match": '"v2"'})
    assert problem_of(stale, 412, "precondition_failed")["current_etag"] == '"v3"'
    assert (await client.put("/v1/versions/3", headers=headers | {"If-Match": '"v3"'})).status_code == 200


def _forged(issuer: IssuerForTests, kind: str) -> str:
    good = issuer.token(scopes=["effects:write"])
    head, claims, signature = good.split(".")
    if kind == "alg none":
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
        return f"{none}.{claims}."
    if kind == "HS256 with the public key":
        confused = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt"}').decode().rstrip("=") + "." + claims
        mac = hmac.new(issuer.key.as_pem(private=False), confused.encode(), hashlib.sha256).digest()
        return confused + "." + base64.urlsafe_b64encode(mac).decode().rstrip("=")
    if kind == "another key":
        stranger = ECKey.generate_key("P-256", auto_kid=True)
        return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, jwt.decode(good, issuer.key).claims, stranger)
    if kind == "an ID token":
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, jwt.decode(good, issuer.key).claims, issuer.key)
    if kind == "changed claims":
        more = base64.urlsafe_b64encode(json.dumps({"scope": "all"}).encode()).decode().rstrip("=")
        return f"{head}.{more}.{signature}"
    overrides: dict[str, dict[str, Any]] = {
        "another audience": {"aud": "elsewhere"},
        "another issuer": {"iss": "https://evil.test"},
        "expired": {"exp": int(time.time()) - 120},
        "not yet valid": {"nbf": int(time.time()) + 120},
        "no expiry": {"exp": None},
        "strange areas": {"areas": ["all"]},
        "strange department": {"dept": "KGB"},
    }
    return issuer.token(scopes=["effects:write"], **overrides[kind])


@pytest.mark.parametrize(
    "kind",
    [
        "alg none",
        "HS256 with the public key",
        "another key",
        "an ID token",
        "changed claims",
        "another audience",
        "another issuer",
        "expired",
        "not yet valid",
        "no expiry",
        "strange areas",
        "strange department",
    ],
)
async def test_a_forged_token_is_refused(client: httpx.AsyncClient, issuer: IssuerForTests, kind: str) -> None:
    """OWASP API2: broken authentication."""
    headers = {"Authorization": f"Bearer {_forged(issuer, kind)}"}
    problem_of(await client.post("/v1/effects", json=BODY, headers=headers), 401, "token_invalid")


async def test_an_unreachable_issuer_is_asked_once_and_known_keys_stay_good(issuer: IssuerForTests) -> None:
    """Fault row 24: JWKS unreachable: cached keys serve on, nobody queues behind a dead issuer."""
    is_up = False
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if not is_up:
            raise httpx.ConnectError("down")
        return httpx.Response(200, json=issuer.jwks.as_dict(private=False))

    verifier = TokenVerifier(TEST_ISSUERS, client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    outcomes = await asyncio.gather(*(verifier.verify(issuer.token()) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert asked == 1
    is_up = True
    verifier._retry_at.clear()
    assert (await verifier.verify(issuer.token(client_id="a"))).client_id == "a"
    is_up = False
    assert (await verifier.verify(issuer.token(client_id="b"))).client_id == "b"


async def test_no_token_and_no_scope_differ(client: httpx.AsyncClient, issuer: Any) -> None:
    response = await client.post("/v1/effects", json=BODY)
    problem_of(response, 401, "token_missing")
    assert response.headers["www-authenticate"].startswith("Bearer")
    other = await client.post("/v1/effects", json=BODY, headers=issuer.headers("effects:read"))
    assert problem_of(other, 403, "scope_missing")["required_scope"] == "effects:write"


async def test_the_callers_trace_is_continued(client: httpx.AsyncClient) -> None:
    sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    response = await client.get("/livez", headers={"traceparent": sent})
    assert response.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert response.headers["traceparent"] != sent


async def test_readiness_tells_the_truth_about_the_database(client: httpx.AsyncClient, database: Database) -> None:
    assert (await client.get("/readyz")).status_code == 200
    app: Any = client._transport.app  # type: ignore[attr-defined]
    app.state.readiness.draining = True
    assert (await client.get("/readyz")).status_code == 503
    assert b"bangfu_http_requests_total" in (await client.get("/metrics")).content


async def test_openapi_carries_each_routes_access(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    access = document["paths"]["/v1/effects"]["post"]["x-bangfu-access"]
    assert access == {
        "scope": "effects:write",
        "scopes": ["effects:write"],
        "purpose": "to test the kit",
        "classes": ["S2"],
    }
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("cursor", ["", "!!", "e30", encode_cursor([1])])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    assert read_cursor(encode_cursor(["a", 1]), str, int) == ["a", 1]
    with pytest.raises(InvalidInput):
        read_cursor(cursor, str, int)
