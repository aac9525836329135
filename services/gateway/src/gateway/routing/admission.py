"""What is decided about a request before its body is looked at: the same steps, in the same order, for every route.

Form of the head, route, token, its session, scope and area, quota, form of the body.
"""

from __future__ import annotations

import time

from starlette.types import Scope

from gateway.access.service import Caller, GatewayVerifier
from gateway.headers import Headers
from gateway.limits import Limiter, Verdict
from gateway.problems import RateExceeded
from gateway.routing import problems
from gateway.routing.incoming import Incoming, check_body, decide_query
from gateway.routing.rules import Decision, Reason, Route, is_plain_path
from gateway.routing.service import Directory
from gateway.settings import GatewaySettings
from servicekit import auth
from servicekit.doors import check_url, without_numbers

_CLASSES = ("read", "write", "upload", "strict")


class Admission:
    """Decides by the route table, the verifier and the quotas."""

    def __init__(self, settings: GatewaySettings, directory: Directory, verifier: GatewayVerifier) -> None:
        self._settings = settings
        self._directory = directory
        self._verifier = verifier
        self._limiters = {name: Limiter(settings.rate_limit(name)) for name in _CLASSES}
        self._policies = {
            name: f'"{name}";q={limit.quota};w={limit.window_s}'.encode()
            for name in _CLASSES
            for limit in (settings.rate_limit(name),)
        }

    def route_of(self, scope: Scope, request: Incoming) -> Route:
        """Find the route of a request whose head is as it should be; masks numbers in fields that are passed on.

        Raises:
            Problem: the head is refused, or nobody serves the path.
        """
        if request.fault is not None:
            raise request.fault
        path: str = scope["path"]
        if not is_plain_path(path, scope.get("raw_path", b"")):
            raise problems.PathRefused("the path has empty or dot segments, encoded separators or control characters")
        check_url(path, scope["query_string"])
        scope["headers"] = without_numbers(scope["headers"])
        methods = self._directory.table.find(path)
        if not methods:
            if self._directory.missing and path.startswith("/v1/"):
                raise problems.UpstreamUnreachable(
                    "the routes of a service are not known yet", headers={"Retry-After": "2"}
                )
            raise problems.RouteUnknown("no service serves this path")
        route = methods.get(scope["method"])
        if route is None:
            allowed = ", ".join(sorted(methods))
            raise problems.RouteMethodNotAllowed(f"this path takes {allowed}", headers={"Allow": allowed})
        return route

    async def caller_of(self, route: Route, request: Incoming) -> Caller | None:
        """Give the caller of a route; None on a public one.

        Raises:
            Problem: no valid token.
        """
        return await self._verifier.caller(request.authorization) if route.access.scopes else None

    def check_session(self, caller: Caller | None, source: str) -> None:
        """Refuse a person's token that comes from another address than whoever asked for it.

        Raises:
            Problem: it does.
        """
        if caller is not None:
            self._verifier.check_session(caller, source)

    def check_rights(self, caller: Caller | None, route: Route, scope: Scope) -> None:
        """Let pass who may use the route.

        Raises:
            Problem: no scope, or an area that is not the caller's.
        """
        if caller is not None:
            _check(decide_query(caller, route, scope["query_string"]), route)

    def count(self, route: Route, request: Incoming, key: str, answered: Headers) -> None:
        """Count the request against the quota of `key`, and add to `answered` how much of it is left.

        Raises:
            RateExceeded: nothing is left.
        """
        if not route.access.scopes and not route.template.startswith("/v1/"):
            return  # probes, keys and documentation; the token endpoint has a limit of its own
        name = self._class_of(route, request)
        verdict: Verdict = self._limiters[name].take(key, time.monotonic())
        answered.append((b"ratelimit-policy", self._policies[name]))
        answered.append((b"ratelimit", b'"%s";r=%d;t=%d' % (name.encode(), verdict.remaining, verdict.reset_s)))
        if not verdict.is_allowed:
            raise RateExceeded(
                f"the quota of {name} requests is used up", headers={"Retry-After": str(verdict.retry_after_s)}
            )

    def check_body(self, route: Route, request: Incoming) -> None:
        """Refuse a body that the route does not take, as far as its head tells."""
        check_body(route, request, self._settings)

    def _class_of(self, route: Route, request: Incoming) -> str:
        if not self._settings.strict_scopes.isdisjoint(route.access.scopes):
            return "strict"
        if route.method in ("GET", "HEAD", "OPTIONS"):
            return "read"
        return "upload" if request.content_type in self._settings.upload_types else "write"


def _check(decision: Decision, route: Route) -> None:
    match decision.reason:
        case Reason.ALLOWED | Reason.PUBLIC:
            return
        case Reason.SCOPE_MISSING:
            raise auth.MissingScope.of(route.access.scopes)
        case Reason.DEPARTMENT_FOREIGN:
            raise auth.WrongDepartment("this route is for other departments")
        case Reason.AREA_MALFORMED:
            raise problems.AreaMalformed("area must be a 12-digit code")
        case Reason.AREA_OUTSIDE:
            raise auth.OutsideArea("no such object within your areas")
