"""The hot path: one raw ASGI callable from the client's socket to the service's and back.

Nothing here is per byte of a body except counting it; nothing is buffered beyond one network read,
except request bodies of at most 64 KiB, which are taken in before a service's connection is used for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.id_numbers import without_id_numbers
from gateway.access.service import Caller, GatewayVerifier
from gateway.answers import write_problem
from gateway.audit.service import REFUSALS, Recorder, Shown
from gateway.headers import Headers, request_head, response_headers
from gateway.request import AccessEntry
from gateway.routing import problems
from gateway.routing.admission import Admission
from gateway.routing.connection import UpstreamClosedError, UpstreamConnection, UpstreamError, UpstreamTimeoutError
from gateway.routing.exchange import BodyPump, ClientGoneError, Patience, read_body, replayed
from gateway.routing.incoming import Incoming, body_limit
from gateway.routing.own import OWN
from gateway.routing.pool import UpstreamPool, UpstreamUnreachableError
from gateway.routing.rules import Route
from gateway.routing.service import Directory
from gateway.settings import GatewaySettings
from gateway.shares import Shares
from gateway.source import Sources
from servicekit import auth, telemetry
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.problems import Problem
from servicekit.tracing import record_request, set_traceparent

log = structlog.get_logger("http")

_SMALL_BODY_BYTES = 64 * 1024
_WATCH_AFTER_S = 0.05
_CONNECT_AGAIN_AFTER_S = 0.05
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_CLIENT_CLOSED = 499  # nginx's number for a client that left before its answer


class Proxy:
    """ASGI middleware and the gateway's edge: every request is admitted here, whoever serves it then."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: GatewaySettings,
        directory: Directory,
        pools: Mapping[str, UpstreamPool],
        verifier: GatewayVerifier,
        recorder: Recorder,
    ) -> None:
        """Put the edge in front of `app`, which serves the gateway's own routes."""
        self._app = app
        self._settings = settings
        self._admission = Admission(settings, directory, verifier)
        self._pools = pools
        self._recorder = recorder
        self._verifier = verifier
        self._sources = Sources(settings.trusted_proxies)
        self._shares = Shares(settings.max_requests_per_client)
        self._patience = Patience(settings.body_idle_timeout_s, settings.body_grace_s, settings.body_least_bytes_s)
        self._running: set[_Exchange] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            exchange = _Exchange(self, scope, receive, send)
            self._running.add(exchange)
            try:
                await exchange.run()
            finally:
                self._running.discard(exchange)

    def end_revoked(self) -> None:
        """End what runs for callers who may not go on: their token was revoked or, for a stream, has expired."""
        now_s = time.time()
        for exchange in list(self._running):
            caller = exchange.caller
            if caller is None:
                continue
            if self._verifier.is_revoked(caller):
                exchange.end(auth.InvalidToken("the token was revoked"))
            elif exchange.is_stream and not caller.validity.holds_at(now_s, beyond_s=0):
                exchange.end(auth.InvalidToken("the token has expired"))


class _Exchange:
    """One request."""

    def __init__(self, proxy: Proxy, scope: Scope, receive: Receive, send: Send) -> None:
        self._proxy = proxy
        self._settings = proxy._settings
        self._scope = scope
        self._receive = receive
        self._send = send
        self._started_s = time.perf_counter()
        self._route: Route | None = None
        self._request_id = b""
        self._traceparent: str | None = None
        self._caller_traceparent = ""
        self._own_headers: Headers = []
        self._connection: UpstreamConnection | None = None
        self._is_started = False
        self._is_own = False
        self._status = 500
        self._entry_id: str | None = None
        self._shown = Shown()
        self._bytes_in = 0
        self._bytes_out = 0
        self.caller: Caller | None = None
        self.is_stream = False

    async def run(self) -> None:
        """Decide, serve, account."""
        scope = self._scope
        try:
            headers: Headers = scope["headers"]
            request = Incoming(headers, scope["http_version"])
            self._request_id = request.request_id
            self._traceparent = request.traceparent.decode()
            self._caller_traceparent = (request.caller_traceparent or b"").decode("latin-1")
            set_traceparent(self._traceparent)
            self._own_headers = [(b"x-request-id", request.request_id), (b"x-content-type-options", b"nosniff")]
            peer = scope.get("client") or ("", 0)
            source = self._proxy._sources.of(peer[0], headers)
            scope["client"] = (source, peer[1])
            admission = self._proxy._admission
            route = self._route = admission.route_of(scope, request)
            self.caller = await admission.caller_of(route, request)
            admission.check_session(self.caller, source)
            admission.check_rights(self.caller, route, scope)
            party = self.caller.principal.client_id if self.caller else source
            admission.count(route, request, party, self._own_headers)
            admission.check_body(route, request)
            await failpoint_async("gateway.admitted")
            if not self._proxy._shares.take(party):
                raise problems.TooManyAtOnce(
                    "too many requests of one client are under way", headers={"Retry-After": "1"}
                )
            try:
                if route.upstream == OWN:
                    await self._serve_own(route, request)
                else:
                    await self._forward(route, request)
            finally:
                self._proxy._shares.give_back(party)
        except Problem as problem:
            await self._refuse(problem)
        except ClientGoneError:
            self._status = _CLIENT_CLOSED
        except UpstreamError as error:
            await self._refuse(_problem_of(error))
        finally:
            self._account()

    def end(self, problem: Problem) -> None:
        """Break off: what is sent to the service and what comes from it."""
        if self._connection is not None:
            self._connection.abort(problem)

    # ---- serve
    async def _serve_own(self, route: Route, request: Incoming) -> None:
        receive = self._receive
        if request.has_body:
            # In whole, so that no handler waits for bytes while it holds something; small, by the limits above.
            body = await read_body(receive, body_limit(route, request, self._settings), self._proxy._patience)
            receive = replayed(body, receive)
        ids = ((b"x-request-id", request.request_id), (b"traceparent", request.traceparent))
        own = frozenset(name for name, _ in ids)
        self._scope["headers"] = [*(pair for pair in self._scope["headers"] if pair[0] not in own), *ids]
        more = [pair for pair in self._own_headers if pair[0] not in own]
        self._is_own = True

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._is_started, self._status = True, message["status"]
                message = {**message, "headers": [*message["headers"], *more]}
            elif self._status in REFUSALS:
                self._shown.feed_problem(message.get("body", b""))
            await self._send(message)

        await self._proxy._app(self._scope, receive, send)
        if self._status in REFUSALS:
            self._proxy._recorder.refusal(self._entry(new_id()), self._status, self._shown.code or "")

    async def _forward(self, route: Route, request: Incoming) -> None:
        small: bytes | None = b""
        framing = b""
        if request.has_body:
            small = None
            if not request.is_chunked and request.content_length <= _SMALL_BODY_BYTES:
                small = await read_body(self._receive, request.content_length, self._proxy._patience)
                self._bytes_in = len(small)
            framing = (
                b"transfer-encoding: chunked\r\n"
                if request.is_chunked
                else b"content-length: %d\r\n" % request.content_length
            )
        elif route.method in ("POST", "PUT", "PATCH"):
            framing = b"content-length: 0\r\n"
        if route.access.is_personal:
            await self._record(route)
            await failpoint_async("gateway.recorded")
        pool = self._proxy._pools[route.upstream]
        query: bytes = self._scope["query_string"]
        raw_path: bytes = self._scope.get("raw_path") or self._scope["path"].encode()
        head = request_head(
            route.method,
            raw_path + b"?" + query if query else raw_path,
            self._scope["headers"],
            host=pool.host_header,
            request_id=request.request_id,
            traceparent=request.traceparent,
            framing=framing,
        )
        connection, pump = await self._send_request(pool, route, request, head, small)
        try:
            await self._answer(connection, route)
        finally:
            pump.stop()
            self._connection = None
            self._bytes_in = max(self._bytes_in, pump.bytes_seen)
            pool.release(connection)

    async def _send_request(
        self, pool: UpstreamPool, route: Route, request: Incoming, head: bytes, small: bytes | None
    ) -> tuple[UpstreamConnection, BodyPump]:
        """Send the request and wait for the head of the answer; once again where that is safe."""
        is_repeatable = route.method in _IDEMPOTENT and not request.has_body
        for attempt in (1, 2):
            try:
                connection = await pool.acquire(fresh=attempt == 2)
            except UpstreamUnreachableError:
                if attempt == 2:
                    raise
                await asyncio.sleep(_CONNECT_AGAIN_AFTER_S)
                continue
            pump = BodyPump(
                connection,
                self._receive,
                limit_bytes=body_limit(route, request, self._settings),
                is_chunked=request.is_chunked,
                patience=self._proxy._patience,
            )
            self._connection = connection
            try:
                connection.begin(expects_no_body=route.method == "HEAD")
                if small is None:
                    connection.write(head)
                    pump.start()
                else:
                    connection.write(head + small)
                    connection.is_request_complete = True
                    pump.watch_after(_WATCH_AFTER_S)
                await connection.head(self._settings.answer_timeout_s)
                await failpoint_async("gateway.answered")
            except UpstreamClosedError:
                pump.stop()
                pool.release(connection)
                is_safe = not connection.is_request_begun or (is_repeatable and connection.bytes_received == 0)
                if attempt == 2 or not is_safe or pump.has_started:
                    raise
            except BaseException:
                pump.stop()
                connection.abort()
                pool.release(connection)
                raise
            else:
                return connection, pump
        raise AssertionError("unreachable")

    async def _answer(self, connection: UpstreamConnection, route: Route) -> None:
        self._status = connection.status
        if route.access.is_personal and not any(name == b"cache-control" for name, _ in connection.headers):
            self._own_headers.append((b"cache-control", b"no-store"))
        self.is_stream = any(
            name == b"content-type" and value.startswith(b"text/event-stream") for name, value in connection.headers
        )
        # A stream of events is silent while nothing happens; a client that left is noticed by the pump.
        timeout_s = 0.0 if self.is_stream else self._settings.read_idle_timeout_s
        self._is_started = True
        await self._send(
            {
                "type": "http.response.start",
                "status": connection.status,
                "headers": response_headers(connection.headers, self._own_headers),
            }
        )
        while True:
            chunk = b"" if connection.is_drained else await connection.read(timeout_s)
            self._look_at(chunk)
            self._bytes_out += len(chunk)
            is_last = connection.is_drained
            await self._send({"type": "http.response.body", "body": chunk, "more_body": not is_last})
            if is_last:
                await failpoint_async("gateway.relayed")
                return

    # ---- account
    def _look_at(self, chunk: bytes) -> None:
        """Remember who is shown; what is long is written down on the way."""
        if self._entry_id is None or not chunk:
            return
        if self._status >= 400:
            self._shown.feed_problem(chunk)
            return
        self._shown.feed(chunk)
        if self._shown.is_full:
            self._proxy._recorder.outcome(self._entry_id, self._status, (0, 0), 0.0, self._shown)

    async def _record(self, route: Route) -> None:
        entry = self._entry(new_id())
        await self._proxy._recorder.record(entry, is_write=route.method not in ("GET", "HEAD", "OPTIONS"))
        self._entry_id = entry.id  # an outcome without its entry would look like one that was removed

    def _entry(self, entry_id: str) -> AccessEntry:
        caller, route = self.caller, self._route
        noted: Mapping[str, str | None] = self._scope.get("state") or {}  # by the token endpoint, which needs no token
        return AccessEntry(
            id=entry_id,
            client_id=caller.principal.client_id if caller else noted.get("client_id") or "",
            person=caller.principal.person if caller else noted.get("person"),
            issuer=caller.issuer if caller else "",
            department=str(caller.principal.department) if caller and caller.principal.department else None,
            method=self._scope["method"],
            route=route.template if route else "-",
            scope=" ".join(route.access.scopes) if route else "",
            purpose=route.access.purpose if route else "",
            object_path=without_id_numbers(self._scope["path"]),
            source=str((self._scope.get("client") or ("",))[0]),
            request_id=self._request_id.decode(),
        )

    async def _refuse(self, problem: Problem) -> None:
        self._status = problem.status
        if self._is_started:
            # Too late for a problem: leaving the response incomplete makes the server cut the connection. A stream has
            # no end of its own that a reader could miss.
            if self.is_stream:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        self._shown.code = problem.code
        if self._entry_id is None and problem.status in REFUSALS:
            self._proxy._recorder.refusal(self._entry(new_id()), problem.status, problem.code)
        self._is_started = True
        if self._traceparent is not None:
            self._own_headers.append((b"traceparent", self._traceparent.encode()))
        await write_problem(self._send, problem, self._own_headers)

    def _account(self) -> None:
        if self._is_own:
            return  # the gateway's app counts and logs what it serves
        seconds = time.perf_counter() - self._started_s
        route = self._route.template if self._route else "-"
        if self._entry_id is not None:
            self._proxy._recorder.outcome(
                self._entry_id, self._status, (self._bytes_in, self._bytes_out), seconds, self._shown
            )
        telemetry.count_request("gateway", self._scope["method"], route, self._status, seconds)
        if self._settings.access_log:
            log.info(
                "request.proxied",
                method=self._scope["method"],
                route=route,
                status=self._status,
                duration_ms=round(seconds * 1000, 1),
                client_id=self.caller.principal.client_id if self.caller else None,
                bytes_in=self._bytes_in,
                bytes_out=self._bytes_out,
                request_id=self._request_id.decode(),
            )
        if self._traceparent is not None:
            record_request(
                self._scope["method"],
                route,
                self._status,
                traceparent=self._traceparent,
                parent=self._caller_traceparent,
                seconds=seconds,
            )


def _problem_of(error: UpstreamError) -> Problem:
    if isinstance(error, UpstreamUnreachableError):
        return problems.UpstreamUnreachable("the service does not take connections", headers={"Retry-After": "2"})
    if isinstance(error, UpstreamTimeoutError):
        return problems.UpstreamTimeout("the service did not answer in time")
    return problems.UpstreamFailed("the service broke off before its answer was complete")
