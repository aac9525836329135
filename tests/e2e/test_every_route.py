"""Bad input on every route, through the gateway: never a 5xx, always a problem with a stable code and advice.

The routes come from the merged OpenAPI page, so a new route is tested the day it appears.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .conftest import token_of

pytestmark = pytest.mark.e2e

_NUMBERS = count(1)
CJK = re.compile(r"[\u4e00-\u9fff]")
UNKNOWN_ID = "0198c0de-0000-7000-8000-000000000001"
HOSTILE_IDS = ("not-an-id", "%00", "0198c0de", "'; DROP TABLE outbox; --", "é" * 60, "999999999999", "../../etc/passwd")
HOSTILE_BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b'{"unknown_field": 1}'),
    ("application/json", b'{"area_code": "x", "dataset": 5, "period": "2026-13", "household_id": {}, "to": []}'),
    ("application/json", b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("application/json", b'{"note": "\\u0000", "reason": "\\u0000", "name": "\\u0000", "period": "\\u0000"}'),
    ("application/json", b"\xff\xfe\x00"),
    # Halves of surrogate pairs, numbers that no column holds, and values of other kinds than their names promise.
    (
        "application/json",
        b'{"note": "\\ud800", "name": "\\udfff", "record": {"\\ud800": "\\ud800"}, "parameters": {"\\ud800": 1}}',
    ),
    ("application/json", b'{"limit": 1e999, "year": 99999999999999999999, "overlap_s": -1e309, "version": NaN}'),
    ("application/json", b'{"scopes": [[]], "areas": {"a": 1}, "jwks": [{"kty": ["EC"], "kid": {}}], "members": 5}'),
    ("text/plain", b"hello"),
    ("application/x-ndjson", b"not json\n"),
    ("application/octet-stream", bytes(range(256))),
)
STREAMS = {"/v1/alerts/stream"}  # never ends by itself; its own tests are in tests/service/alerts


@pytest.fixture(scope="module")
async def document(gateway: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.get("/openapi.json")).json()
    assert len(found["paths"]) > 40, "the services' routes are missing from the merged page"
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"} and path not in STREAMS:
                yield path, method.upper(), operation


def is_public(operation: dict[str, Any]) -> bool:
    return "public" in operation.get("x-bangfu-access", {})


@pytest.fixture
async def tokens(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, document: dict[str, Any]
) -> dict[str, str]:
    """A client with every scope over one county, and one with hardly any: each test's own, as quotas are a client's."""
    number = next(_NUMBERS)
    scopes = {scope for _, _, o in operations(document) for scope in o["x-bangfu-access"].get("scopes", [])}
    county = ("990101000000",)
    await running_system.ensure_clients(
        [
            ClientSpec(f"all-{number}", "全部权限", tuple(sorted(scopes | {"departments:any"})), areas=county),
            ClientSpec(f"few-{number}", "几无权限", ("datasets:read",), areas=county),
        ]
    )
    return {name: await token_of(running_system, gateway, f"{name}-{number}") for name in ("all", "few")}


class Faults:
    """Collects what is wrong, so that one run shows every route at fault."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def check(self, response: httpx.Response, what: str, *, status: int | None = None) -> None:
        """A success, or a well-formed problem below 500; with `status`, exactly that."""
        shown = f"{what} -> {response.status_code} {response.text[:160]}"
        if status is not None and response.status_code != status:
            self.found.append(f"{shown} (expected {status})")
        if response.status_code < 400:
            return
        if response.status_code >= 500:
            self.found.append(shown)
        elif not response.headers.get("content-type", "").startswith("application/problem+json"):
            self.found.append(f"{shown} (not a problem document)")
        else:
            body = response.json()
            if not {"type", "code", "title", "status", "detail", "advice"} <= body.keys():
                self.found.append(f"{shown} (members are missing)")
            elif not (CJK.search(body["title"]) and CJK.search(body["advice"])):
                self.found.append(f"{shown} (title and advice must be Chinese)")

    async def send(
        self,
        gateway: httpx.AsyncClient,
        method: str,
        target: str,
        *,
        what: str = "",
        status: int | None = None,
        **options: Any,
    ) -> None:
        """Send a request and check its answer; no answer at all is a fault too."""
        label = f"{method} {target} {what}"
        try:
            response = await gateway.request(method, httpx.URL(target), **options)
        except httpx.TransportError as error:
            self.found.append(f"{label} -> {type(error).__name__}")
        else:
            self.check(response, label, status=status)

    def assert_none(self) -> None:
        assert not self.found, f"{len(self.found)} faults:\n" + "\n".join(self.found)


def with_id(path: str, value: str = UNKNOWN_ID) -> str:
    """Fill every path parameter with `value`."""
    return re.sub(r"\{[^}]+\}", lambda _: value, path)


def precondition(operation: dict[str, Any]) -> dict[str, str]:
    """If-Match for the routes that look at it; the others refuse it."""
    declared = {item["name"].lower() for item in operation.get("parameters", []) if item["in"] == "header"}
    return {"If-Match": '"v1"'} if "if-match" in declared else {}


async def test_a_precondition_is_looked_at_or_refused(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """Who sends If-Match believes to be protected: a route that does not compare versions says so."""
    faults = Faults()
    for path, method, operation in operations(document):
        if not is_public(operation) and not precondition(operation):
            headers = {"Authorization": f"Bearer {tokens['all']}", "If-Match": '"v1"'}
            target = with_id(path, "990101000000" if path.endswith("{region}") else UNKNOWN_ID)
            response = await gateway.request(method, target, headers=headers)
            if response.status_code < 400:
                faults.found.append(f"{method} {path} -> {response.status_code}")
    faults.assert_none()


async def test_without_a_token_every_route_refuses(gateway: httpx.AsyncClient, document: dict[str, Any]) -> None:
    faults = Faults()
    for path, method, operation in operations(document):
        if not is_public(operation):
            await faults.send(gateway, method, with_id(path), what="without a token", status=401)
    faults.assert_none()


async def test_without_the_scope_every_route_refuses(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {tokens['few']}"}
    faults = Faults()
    for path, method, operation in operations(document):
        if not is_public(operation) and "datasets:read" not in operation["x-bangfu-access"]["scopes"]:
            await faults.send(gateway, method, with_id(path), what="without the scope", status=403, headers=headers)
    faults.assert_none()


async def test_hostile_ids_and_bodies_are_refused_everywhere(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """OWASP API3, API4, API8: what is not understood is refused with a reason, and nothing breaks."""
    headers = {"Authorization": f"Bearer {tokens['all']}"}
    faults = Faults()
    for path, method, operation in operations(document):
        if is_public(operation):
            continue
        for hostile in (UNKNOWN_ID, *HOSTILE_IDS) if "{" in path else (UNKNOWN_ID,):
            await faults.send(gateway, method, with_id(path, hostile), headers=headers)
        if method in {"POST", "PUT", "PATCH"}:
            for kind, body in HOSTILE_BODIES:
                sent = headers | {"Content-Type": kind} | precondition(operation)
                what = f"{kind} {body[:40]!r}"
                await faults.send(gateway, method, with_id(path), what=what, content=body, headers=sent)
    faults.assert_none()


async def test_hostile_query_values_are_refused_everywhere(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {tokens['all']}"}
    faults = Faults()
    for path, method, operation in operations(document):
        if is_public(operation) or method != "GET":
            continue
        names = [item["name"] for item in operation.get("parameters", []) if item["in"] == "query"]
        for name in names:
            for value in ("", "x", "-1", "1000000000000000000000", "\x00", "ééé", "2026-13", "9" * 300, "'"):
                query = {name: value}
                await faults.send(gateway, method, with_id(path), what=f"{query}", params=query, headers=headers)
    faults.assert_none()


async def test_cursors_of_other_kinds_are_refused_everywhere(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """A cursor is taken apart again: whatever a stranger puts in, for one or for two values, ends in a 422."""
    headers = {"Authorization": f"Bearer {tokens['all']}"}
    faults = Faults()
    seen = 0
    values = ([1, 2], ["a"], [None, None], [True], ["2026-13-45", "x"], [[], {}], [10**30], ["\x00"], {"a": 1}, 7)
    for path, method, operation in operations(document):
        names = {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
        if method != "GET" or "cursor" not in names:
            continue
        seen += 1
        for value in values:
            cursor = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
            await faults.send(
                gateway, method, with_id(path), what=f"{value}", params={"cursor": cursor}, headers=headers
            )
    assert seen > 5
    faults.assert_none()


async def test_unknown_query_parameters_are_refused_everywhere(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """A filter with a typing error must not give everything."""
    headers = {"Authorization": f"Bearer {tokens['all']}"}
    faults = Faults()
    for path, method, operation in operations(document):
        sent = {} if is_public(operation) else headers
        taken = next(iter(operation.get("requestBody", {}).get("content", {})), "")
        body = {} if method == "GET" else {"content": b"{}"} if taken else {}
        sent = sent | ({"Content-Type": taken} if taken else {})
        await faults.send(gateway, method, with_id(path) + "?sttae=open", status=422, headers=sent, **body)
    faults.assert_none()


async def test_wrong_content_encodings_are_refused(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {tokens['all']}", "Content-Type": "application/json"}
    faults = Faults()
    for path, method, operation in operations(document):
        if is_public(operation) or method not in {"POST", "PUT", "PATCH"}:
            continue
        for encoding in ("br", "gzip", "x-nonsense"):
            sent = headers | {"Content-Encoding": encoding}
            await faults.send(gateway, method, with_id(path), what=encoding, content=b"not compressed", headers=sent)
    faults.assert_none()


async def test_every_code_is_in_the_catalogue(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """A developer who meets a code finds its page."""
    response = await gateway.get("/v1/clues/nothing", headers={"Authorization": f"Bearer {tokens['few']}"})
    code = response.json()["code"]
    assert (await gateway.get(f"/problems/{code}")).status_code == 200


async def test_a_query_parameter_given_twice_is_refused_everywhere(
    gateway: httpx.AsyncClient, document: dict[str, Any], tokens: dict[str, str]
) -> None:
    """Only the last would count. One that takes several values is known by its schema."""
    faults, tried = Faults(), 0
    bearer = {"Authorization": f"Bearer {tokens['all']}"}
    for path, method, operation in operations(document):
        for item in operation.get("parameters", []):
            schema = item.get("schema", {})
            if item["in"] != "query" or method != "GET" or '"array"' in json.dumps(schema):
                continue
            tried += 1
            target = f"{with_id(path)}?{item['name']}=1&{item['name']}=2"
            answer = await gateway.get(target, headers=bearer)
            faults.check(answer, target)
            if answer.status_code < 400:
                faults.found.append(f"{target} -> {answer.status_code}")
    assert tried > 40
    faults.assert_none()
