"""What the audit record keeps of a request."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from fastapi import Request

from servicekit.auth import Principal
from servicekit.ids import new_id

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


@dataclass(slots=True)
class AccessEntry:
    """Who asks for what and why from where, before it happens."""

    id: str
    client_id: str
    issuer: str
    department: str | None
    method: str
    route: str
    scope: str
    purpose: str
    object_path: str
    source: str
    request_id: str


def request_id_of(given: bytes | None) -> bytes:
    """Give the caller's request id when it is harmless, else a new one (32 hex digits)."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return os.urandom(16).hex().encode()


def entry_of(request: Request, principal: Principal, *, scope: str, purpose: str) -> AccessEntry:
    """Give the entry of a request on the gateway's own routes."""
    given = request.headers.get("x-request-id")
    return AccessEntry(
        id=new_id(),
        client_id=principal.client_id,
        issuer="",
        department=str(principal.department) if principal.department else None,
        method=request.method,
        route=getattr(request.scope.get("route"), "path", request.url.path),
        scope=scope,
        purpose=purpose,
        object_path=request.url.path,
        source=request.client.host if request.client else "",
        request_id=request_id_of(given.encode("latin-1") if given else None).decode(),
    )
