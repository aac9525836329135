"""Rate limits, header fields and route discovery."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.headers import request_head, response_headers, traceparent_of
from gateway.limits import Limiter, RateLimit
from gateway.routing.service import access_of, routes_of
from servicekit.tracing import request_id_of


def test_quota_may_come_at_once_and_is_given_back_evenly() -> None:
    limiter = Limiter(RateLimit(quota=5, window_s=10))
    verdicts = [limiter.take("a", 100.0) for _ in range(6)]
    assert [verdict.is_allowed for verdict in verdicts] == [True] * 5 + [False]
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0]
    assert verdicts[4].reset_s == 10
    assert verdicts[5].retry_after_s == 2
    assert not limiter.take("a", 101.9).is_allowed
    assert limiter.take("a", 102.0).is_allowed
    assert limiter.take("b", 102.0).remaining == 4


@given(
    quota=st.integers(1, 20),
    window=st.integers(1, 30),
    gaps=st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=80),
)
def test_no_stretch_of_time_lets_more_through_than_quota_plus_what_was_given_back(
    quota: int, window: int, gaps: list[float]
) -> None:
    limiter = Limiter(RateLimit(quota=quota, window_s=window))
    now = 0.0
    passed: list[float] = []
    for gap in gaps:
        now += gap
        if limiter.take("x", now).is_allowed:
            passed.append(now)
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            allowance = quota + (passed[last] - start) * quota / window
            assert last - first + 1 <= allowance + 1e-6


def test_memory_of_the_limiter_is_bounded() -> None:
    limiter = Limiter(RateLimit(quota=1, window_s=1), max_keys=10)
    for number in range(1000):
        limiter.take(number, float(number))
    assert len(limiter._arrivals) <= 10


def test_request_head_keeps_end_to_end_fields_only() -> None:
    head = request_head(
        "PUT", b"/v1/x?y=1",
        [
            (b"host", b"public"), (b"connection", b"keep-alive, x-hop"), (b"x-hop", b"1"),
            (b"authorization", b"Bearer t"),
            (b"transfer-encoding", b"chunked"), (b"x-forwarded-for", b"1.2.3.4"), (b"idempotency-key", b"k"),
        ],
        host=b"inside:1", request_id=b"r", traceparent=b"t", framing=b"content-length: 3\r\n",
    )  # fmt: skip
    assert head.decode().split("\r\n") == [
        "PUT /v1/x?y=1 HTTP/1.1", "host: inside:1", "authorization: Bearer t", "idempotency-key: k",
        "x-request-id: r", "traceparent: t", "content-length: 3", "", "",
    ]  # fmt: skip


def test_response_keeps_end_to_end_fields_and_ours_win() -> None:
    fields = [(b"content-type", b"a"), (b"connection", b"close, x-in"), (b"x-in", b"1"), (b"x-request-id", b"theirs")]
    assert response_headers(fields, [(b"x-request-id", b"ours")]) == [
        (b"content-type", b"a"),
        (b"x-request-id", b"ours"),
    ]


def test_trace_continues_when_it_is_well_formed_and_begins_anew_otherwise() -> None:
    parent = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    child = traceparent_of(parent)
    assert (child[:36], child[-3:]) == (parent[:36], b"-00")
    assert child != parent
    for bad in (None, b"", b"00-" + b"0" * 32 + parent[35:], parent.upper(), parent + b"-x", b"x\r\ny: z"):
        assert len(traceparent_of(bad)) == 55
        assert not traceparent_of(bad).startswith(parent[:36])


def test_request_id_is_taken_over_only_when_harmless() -> None:
    assert request_id_of(b"abc-12345") == b"abc-12345"
    for bad in (None, b"short", b"a" * 65, b"with space1", b"line\nbreak"):
        assert len(request_id_of(bad)) == 32


ACCESS = {"scopes": ["a:read"], "purpose": "p", "classes": ["S3"]}


def test_operations_without_an_understood_declaration_are_not_routed() -> None:
    document: dict[str, Any] = {
        "paths": {
            "/v1/good": {"get": {"x-bangfu-access": ACCESS}, "post": {}},
            "/v1/open": {"get": {"x-bangfu-access": {"public": "metadata"}}},
            "/v1/odd": {"get": {"x-bangfu-access": {"scopes": [5]}}, "put": {"x-bangfu-access": "yes"}},
            "/internal": {"get": {"x-bangfu-access": ACCESS}},
        }
    }
    routes, undeclared = routes_of("demo", document)
    assert [(route.method, route.template) for route in routes] == [("GET", "/v1/good"), ("GET", "/v1/open")]
    assert routes[0].access.is_personal
    assert routes[1].access.scopes == ()
    assert undeclared == ["POST /v1/good", "GET /v1/odd", "PUT /v1/odd"]


def test_body_types_and_encodings_come_from_the_document() -> None:
    operation = {
        "x-bangfu-access": ACCESS,
        "requestBody": {"content": {"text/csv; charset=gbk": {}, "application/x-ndjson": {}}},
        "parameters": [
            {"in": "header", "name": "Content-Encoding", "schema": {"anyOf": [{"enum": ["gzip"]}, {"type": "null"}]}}
        ],
    }
    (route,), _ = routes_of("demo", {"paths": {"/v1/x": {"put": operation}}})
    assert route.media_types == {"text/csv", "application/x-ndjson"}
    assert route.encodings == {"gzip"}


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2)))
def test_any_declaration_is_read_without_an_error(value: Any) -> None:
    assert access_of({"x-bangfu-access": value}) is None
