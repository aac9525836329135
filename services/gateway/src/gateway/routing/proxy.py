"""The hot path: one raw ASGI callable from the client's socket to the service's and back.

Nothing here is per byte of a body except counting it; nothing is buffered beyond one network read,
except request bodies of at most 64 KiB, which are taken in before a service's connection is used for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access.service import Caller, GatewayVerifier
from gateway.answers import write_problem
from gateway.audit.service import Recorder
from gateway.headers import Headers, request_head, response_headers
from gateway.limits import Limiter, Verdict
from gateway.problems import RateExceeded
from gateway.request import AccessEntry
from gateway.routing import problems
from gateway.routing.connection import UpstreamClosedError, UpstreamConnection, UpstreamError, UpstreamTimeoutError
from gateway.routing.exchange import BodyPump, ClientGoneError, read_small_body
from gateway.routing.incoming import Incoming, body_limit, check_body, decide_query
from gateway.routing.pool import UpstreamPool, UpstreamUnreachableError
from gateway.routing.rules import Decision, Reason, Route, carries_id_number, is_plain_path
from gateway.routing.service import Directory
from gateway.settings import GatewaySettings
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
    """ASGI middleware: answers what the services own, hands everything else to the gateway's own app."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: GatewaySettings,
        directory: Directory,
        pools: Mapping[str, UpstreamPool],
        verifier: GatewayVerifier,
        recorder: Recorder,
        own_prefixes: frozenset[str],
    ) -> None:
        """Put the proxy in front of `app`.

        Args:
            own_prefixes: First path segments after `/v1/` that the gateway serves itself.
        """
        self._app = app
        self._settings = settings
        self._directory = directory
        self._pools = pools
        self._verifier = verifier
        self._recorder = recorder
        self._own = own_prefixes
        self._limiters = {name: Limiter(settings.rate_limit(name)) for name in ("read", "write", "upload", "strict")}
        self._policies = {
            name: f'"{name}";q={limit.quota};w={limit.window_s}'.encode()
            for name in self._limiters
            for limit in (settings.rate_limit(name),)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if not path.startswith("/v1/") or path[4:].partition("/")[0] in self._own:
            await self._app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One proxied request."""

    def __init__(self, proxy: Proxy, scope: Scope, receive: Receive, send: Send) -> None:
        self._proxy = proxy
        self._settings = proxy._settings
        self._scope = scope
        self._receive = receive
        self._send = send
        self._started_s = time.perf_counter()
        self._route: Route | None = None
        self._caller: Caller | None = None
        self._traceparent: str | None = None
        self._caller_traceparent = ""
        self._own_headers: Headers = []
        self._is_started = False
        self._status = 500
        self._entry_id: str | None = None
        self._bytes_in = 0
        self._bytes_out = 0

    async def run(self) -> None:
        """Decide, forward, account."""
        try:
            request = Incoming(self._scope["headers"])
            self._traceparent = request.traceparent.decode()
            self._caller_traceparent = (request.caller_traceparent or b"").decode("latin-1")
            self._own_headers = [(b"x-request-id", request.request_id), (b"x-content-type-options", b"nosniff")]
            route = self._find_route()
            await self._admit(route, request)
            await failpoint_async("gateway.admitted")
            await self._forward(route, request)
        except Problem as problem:
            await self._refuse(problem)
        except ClientGoneError:
            self._status = _CLIENT_CLOSED
        except UpstreamError as error:
            await self._refuse(_problem_of(error))
        finally:
            self._account()

    # ---- decide
    def _find_route(self) -> Route:
        path: str = self._scope["path"]
        if not is_plain_path(path):
            raise problems.PathRefused("the path has empty or dot segments or control characters")
        query: bytes = self._scope["query_string"]
        # Cheap test first: a citizen number has a run of seventeen digits.
        if (len(path) > 21 or len(query) > 17) and carries_id_number(f"{path}?{query.decode('latin-1')}"):
            raise problems.IdNumberInUrl("an ID number must not be part of a URL")
        directory = self._proxy._directory
        methods = directory.table.find(path)
        if not methods:
            if directory.missing:
                raise problems.UpstreamUnreachable(
                    "the routes of a service are not known yet", headers={"Retry-After": "2"}
                )
            raise problems.RouteUnknown("no service serves this path")
        route = methods.get(self._scope["method"])
        if route is None:
            allowed = ", ".join(sorted(methods))
            raise problems.RouteMethodNotAllowed(f"this path takes {allowed}", headers={"Allow": allowed})
        self._route = route
        return route

    async def _admit(self, route: Route, request: Incoming) -> None:
        if route.access.scope is None:
            limiter_key = str((self._scope.get("client") or ("unknown",))[0])
        else:
            caller = self._caller = await self._proxy._verifier.caller(request.authorization)
            self._check(decide_query(caller, route, self._scope["query_string"]), route)
            limiter_key = caller.principal.client_id
        self._limit(self._route_class(route, request), limiter_key)
        check_body(route, request, self._settings)

    def _check(self, decision: Decision, route: Route) -> None:
        match decision.reason:
            case Reason.ALLOWED | Reason.PUBLIC:
                return
            case Reason.SCOPE_MISSING:
                raise auth.MissingScope(
                    f"this route needs the scope {route.access.scope}", required_scope=route.access.scope
                )
            case Reason.DEPARTMENT_FOREIGN:
                raise auth.WrongDepartment("this route is for other departments")
            case Reason.AREA_MALFORMED:
                raise problems.AreaMalformed("area must be a 12-digit code")
            case Reason.AREA_OUTSIDE:
                raise auth.OutsideArea("no such object within your areas")

    def _route_class(self, route: Route, request: Incoming) -> str:
        if route.access.scope in self._settings.strict_scopes:
            return "strict"
        if route.method in ("GET", "HEAD", "OPTIONS"):
            return "read"
        return "upload" if request.content_type in self._settings.upload_types else "write"

    def _limit(self, route_class: str, key: str) -> None:
        verdict: Verdict = self._proxy._limiters[route_class].take(key, time.monotonic())
        self._own_headers.append((b"ratelimit-policy", self._proxy._policies[route_class]))
        self._own_headers.append(
            (b"ratelimit", b'"%s";r=%d;t=%d' % (route_class.encode(), verdict.remaining, verdict.reset_s))
        )
        if not verdict.is_allowed:
            raise RateExceeded(
                f"the quota of {route_class} requests is used up", headers={"Retry-After": str(verdict.retry_after_s)}
            )

    # ---- forward
    async def _forward(self, route: Route, request: Incoming) -> None:
        small: bytes | None = b""
        framing = b""
        if request.has_body:
            small = None
            if not request.is_chunked and request.content_length <= _SMALL_BODY_BYTES:
                small = await read_small_body(self._receive, request.content_length, self._settings.body_idle_timeout_s)
                self._bytes_in = len(small)
            framing = (
                b"transfer-encoding: chunked\r\n"
                if request.is_chunked
                else b"content-length: %d\r\n" % request.content_length
            )
        elif route.method in ("POST", "PUT", "PATCH"):
            framing = b"content-length: 0\r\n"
        if route.access.is_personal:
            await self._record(route, request)
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
                limit_bytes=body_limit(request, self._settings),
                is_chunked=request.is_chunked,
                idle_timeout_s=self._settings.body_idle_timeout_s,
            )
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
        is_events = any(
            name == b"content-type" and value.startswith(b"text/event-stream") for name, value in connection.headers
        )
        # A stream of events is silent while nothing happens; a client that left is noticed by the pump.
        timeout_s = 0.0 if is_events else self._settings.read_idle_timeout_s
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
            self._bytes_out += len(chunk)
            is_last = connection.is_drained
            await self._send({"type": "http.response.body", "body": chunk, "more_body": not is_last})
            if is_last:
                await failpoint_async("gateway.relayed")
                return

    # ---- account
    async def _record(self, route: Route, request: Incoming) -> None:
        caller = self._caller
        self._entry_id = new_id()
        await self._proxy._recorder.record(
            AccessEntry(
                id=self._entry_id,
                client_id=caller.principal.client_id if caller else "",
                issuer=caller.issuer if caller else "",
                department=str(caller.principal.department) if caller and caller.principal.department else None,
                method=route.method,
                route=route.template,
                scope=route.access.scope or "",
                purpose=route.access.purpose,
                object_path=self._scope["path"],
                source=str((self._scope.get("client") or ("",))[0]),
                request_id=request.request_id.decode(),
            ),
            is_write=route.method not in ("GET", "HEAD", "OPTIONS"),
        )

    async def _refuse(self, problem: Problem) -> None:
        if self._is_started:
            # Too late for a problem: leaving the response incomplete makes the server cut the connection.
            self._status = problem.status
            return
        self._status = problem.status
        self._is_started = True
        set_traceparent(self._traceparent)
        await write_problem(self._send, problem, self._own_headers)

    def _account(self) -> None:
        seconds = time.perf_counter() - self._started_s
        route = self._route.template if self._route else "-"
        if self._entry_id is not None:
            self._proxy._recorder.outcome(self._entry_id, self._status, self._bytes_in, self._bytes_out, seconds)
        telemetry.count_request("gateway", self._scope["method"], route, self._status, seconds)
        if self._settings.access_log:
            log.info(
                "request.proxied",
                method=self._scope["method"],
                route=route,
                status=self._status,
                duration_ms=round(seconds * 1000, 1),
                client_id=self._caller.principal.client_id if self._caller else None,
                bytes_in=self._bytes_in,
                bytes_out=self._bytes_out,
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
