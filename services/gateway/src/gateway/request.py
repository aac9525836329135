"""What the audit record keeps of a request."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from contracts.id_numbers import without_id_numbers
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.tracing import request_id_of


@dataclass(slots=True)
class AccessEntry:
    """Who asks for what and why from where, before it happens; `person` is whom the client acts for (staff id)."""

    id: str
    client_id: str
    person: str | None
    issuer: str
    department: str | None
    method: str
    route: str
    scope: str
    purpose: str
    object_path: str
    source: str
    request_id: str


def entry_of(request: Request, principal: Principal, *, scope: str, purpose: str) -> AccessEntry:
    """Give the entry of a request on the gateway's own routes."""
    given = request.headers.get("x-request-id")
    return AccessEntry(
        id=new_id(),
        client_id=principal.client_id,
        person=principal.person,
        issuer="",
        department=str(principal.department) if principal.department else None,
        method=request.method,
        route=getattr(request.scope.get("route"), "path", request.url.path),
        scope=scope,
        purpose=purpose,
        object_path=without_id_numbers(request.url.path),
        source=request.client.host if request.client else "",
        request_id=request_id_of(given.encode("latin-1") if given else None).decode(),
    )
