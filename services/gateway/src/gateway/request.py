"""What a request on the gateway's own routes says about itself, for the audit record."""

from __future__ import annotations

from typing import TypedDict

from fastapi import Request

from gateway.routing.headers import request_id_of
from servicekit.auth import Principal


class Facts(TypedDict):
    """Who did what from where."""

    client_id: str
    issuer: str
    department: str | None
    method: str
    route: str
    object_path: str
    source: str
    request_id: str


def facts_of(request: Request, principal: Principal) -> Facts:
    """Give the facts of a request for `audit.service.record_own`."""
    given = request.headers.get("x-request-id")
    return Facts(
        client_id=principal.client_id,
        issuer="",
        department=str(principal.department) if principal.department else None,
        method=request.method,
        route=getattr(request.scope.get("route"), "path", request.url.path),
        object_path=request.url.path,
        source=request.client.host if request.client else "",
        request_id=request_id_of(given.encode("latin-1") if given else None).decode(),
    )
