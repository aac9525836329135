"""The route table, built from what the services say about themselves in their OpenAPI documents."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import structlog

from gateway.routing.rules import Access, Route, RouteTable

log = structlog.get_logger(__name__)

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_PREFIX = "/v1/"


def access_of(operation: Mapping[str, Any]) -> Access | None:
    """Read `x-bangfu-access` of an operation; None, and so no route, when it is absent or not understood."""
    declared = operation.get("x-bangfu-access")
    if not isinstance(declared, dict):
        return None
    public = declared.get("public")
    if public:
        return Access(scopes=(), purpose=public if isinstance(public, str) else "public")
    # A service of the release before names one scope.
    scopes = declared.get("scopes", [declared.get("scope")])
    if not isinstance(scopes, list) or not scopes or not all(isinstance(scope, str) and scope for scope in scopes):
        return None
    return Access(
        scopes=tuple(scopes),
        purpose=str(declared.get("purpose", "")),
        classes=frozenset(str(item) for item in declared.get("classes", ())),
        departments=frozenset(str(item) for item in declared.get("departments", ())),
    )


def _encodings_of(operation: Mapping[str, Any]) -> frozenset[str]:
    """Give the Content-Encodings that an operation lists for its header parameter; empty when it lists none."""
    for parameter in operation.get("parameters", ()):
        if parameter.get("in") == "header" and str(parameter.get("name", "")).lower() == "content-encoding":
            schema = parameter.get("schema", {})
            options = [schema, *schema.get("anyOf", ())]
            found = {value for option in options for value in option.get("enum", ())}
            found |= {option["const"] for option in options if "const" in option}
            return frozenset(str(value).lower() for value in found)
    return frozenset()


def _takes_key(operation: Mapping[str, Any]) -> bool:
    """Tell whether an operation declares the header that makes its repeats safe."""
    return any(
        parameter.get("in") == "header" and str(parameter.get("name", "")).lower() == "idempotency-key"
        for parameter in operation.get("parameters", ())
    )


def routes_of(upstream: str, document: Mapping[str, Any]) -> tuple[list[Route], list[str]]:
    """Give the routes that a service's document declares, and the operations left out for want of a declaration."""
    routes: list[Route] = []
    undeclared: list[str] = []
    for template, item in document.get("paths", {}).items():
        if not template.startswith(_PREFIX):
            continue
        for method in _METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            access = access_of(operation)
            if access is None:
                undeclared.append(f"{method.upper()} {template}")
                continue
            content = operation.get("requestBody", {}).get("content", {})
            routes.append(
                Route(
                    upstream=upstream,
                    method=method.upper(),
                    template=template,
                    access=access,
                    media_types=frozenset(str(name).partition(";")[0].strip().lower() for name in content),
                    encodings=_encodings_of(operation),
                    takes_key=_takes_key(operation),
                )
            )
    return routes, undeclared


class Directory:
    """The services' documents as last read, and the table made of them.

    A service that does not answer keeps its last known routes.
    """

    def __init__(self, upstreams: Mapping[str, str], client: httpx.AsyncClient) -> None:
        """Read documents of `upstreams` (name -> base URL) through `client`; `own` routes come before theirs."""
        self._own: list[Route] = []
        self._upstreams = dict(upstreams)
        self._client = client
        self._etags: dict[str, bytes] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.table = RouteTable()
        self.version = 0

    def add_own(self, routes: Sequence[Route]) -> None:
        """Put the gateway's own routes in front of those of the services."""
        self._own = list(routes)
        self.table = RouteTable(self._own)

    @property
    def missing(self) -> frozenset[str]:
        """Give the services whose document was never read."""
        return frozenset(self._upstreams) - frozenset(self.documents)

    async def refresh(self) -> None:
        """Read all documents again; rebuild the table when one changed."""
        changed = await asyncio.gather(*(self._read(name) for name in self._upstreams))
        if not any(changed):
            return
        routes = list(self._own)
        for name in self._upstreams:
            found, undeclared = routes_of(name, self.documents.get(name, {}))
            routes += found
            if undeclared:
                log.warning("routes.undeclared", upstream=name, operations=undeclared)
        self.table = RouteTable(routes)
        self.version += 1
        log.info("routes.loaded", routes=len(self.table.routes), missing=sorted(self.missing))

    async def _read(self, name: str) -> bool:
        try:
            response = await self._client.get(self._upstreams[name].rstrip("/") + "/openapi.json")
            response.raise_for_status()
            document = response.json()
            if not isinstance(document, dict):
                raise ValueError("not an object")
        except (httpx.HTTPError, ValueError) as error:
            log.warning("routes.unreadable", upstream=name, error=type(error).__name__)
            return False
        if self._etags.get(name) == response.content:
            return False
        self._etags[name] = response.content
        self.documents[name] = document
        return True
