"""The gateway's own routes, declared as those of the services are, so that one edge decides about all."""

from __future__ import annotations

from fastapi import FastAPI

from gateway.routing.rules import Access, Route
from servicekit.auth import RequireAccess
from servicekit.openapi import access_of, api_routes

OWN = ""
"""The upstream of routes that this process serves itself."""


def own_routes(app: FastAPI) -> list[Route]:
    """Give the routes of `app`; one without a declaration is left out, and so nobody gets to it."""
    routes = [Route(OWN, "GET", str(app.openapi_url), Access((), "the API's description"))]
    for route in api_routes(app):
        declared = access_of(route)
        if declared is None:
            continue
        access = (
            Access(declared.scopes, declared.purpose, frozenset(str(item) for item in declared.classes))
            if isinstance(declared, RequireAccess)
            else Access((), declared.reason)
        )
        takes_json = getattr(route.original_route, "body_field", None) is not None
        media_types = frozenset({"application/json"}) if takes_json else frozenset()
        routes += [
            Route(OWN, method, str(route.path_format), access, media_types) for method in sorted(route.methods or ())
        ]
    return routes
