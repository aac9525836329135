"""The OpenAPI document of a service: complete enough to generate a client from.

What FastAPI cannot know is added: who may call (`x-bangfu-access`), and from the service's `operations.toml` each
operation's id and its title in Chinese and English. What misleads generators goes: headers that OpenAPI describes
elsewhere (3.1, "Parameter Object": Accept, Content-Type and Authorization are ignored), and titles made of names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from servicekit import problems
from servicekit.auth import PublicAccess, RequireAccess

Document = dict[str, Any]

_DESCRIBED_ELSEWHERE = frozenset({"accept", "content-type", "authorization"})


@dataclass(frozen=True)
class Operation:
    """What `operations.toml` says of one route."""

    id: str
    zh: str
    en: str


@cache
def operations_of(service: str) -> Mapping[str, Operation]:
    """Give the declared operations of the package `service` by `METHOD /path`; none where it declares none."""
    try:
        text = (resources.files(service) / "operations.toml").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    return {place: Operation(**declared) for place, declared in tomllib.loads(text).items()}


def access_of(route: RouteContext) -> RequireAccess | PublicAccess | None:
    """Give what a route declares about access; None where somebody forgot."""
    return next((call for call in _calls(route.dependant) if isinstance(call, RequireAccess | PublicAccess)), None)


def api_routes(app: FastAPI) -> list[RouteContext]:
    """Give every API route of `app`, those of included routers with what the inclusion adds to them."""
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def document_of(app: FastAPI, service: str) -> Document:
    """Give the document of `app`; made once."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = document.setdefault("components", {})
    _drop_titles(components.get("schemas", {}))
    components.setdefault("schemas", {}).update(problems.schemas())
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}}
    declared = operations_of(service)
    for route in api_routes(app):
        if not route.include_in_schema:
            continue
        path, access = str(route.path_format), access_of(route)
        for method in route.methods or ():
            operation = document["paths"][path][method.lower()]
            _complete(operation, declared.get(f"{method} {path}"))
            if isinstance(access, RequireAccess):
                operation["x-bangfu-access"] = {
                    "scope": access.scopes[0],  # what a gateway reads that does not know the list yet
                    "scopes": list(access.scopes),
                    "purpose": access.purpose,
                    "classes": [str(item) for item in access.classes],
                }
                operation["security"] = [{"bearer": []}]
            elif isinstance(access, PublicAccess):
                operation["x-bangfu-access"] = {"public": access.reason}
                operation["security"] = []
    app.openapi_schema = document
    return document


def _complete(operation: Document, declared: Operation | None) -> None:
    if declared is not None:
        operation["operationId"] = declared.id
        operation["summary"] = f"{declared.zh} / {declared.en}"
    kept = [
        parameter
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "header" or parameter["name"].lower() not in _DESCRIBED_ELSEWHERE
    ]
    for parameter in kept:
        parameter["schema"].pop("title", None)
    if kept:
        operation["parameters"] = kept
    else:
        operation.pop("parameters", None)


def _drop_titles(schemas: Document) -> None:
    """Take the titles away that pydantic makes of names: a generator takes them for the names of classes."""
    for schema in schemas.values():
        schema.pop("title", None)
        for member in schema.get("properties", {}).values():
            member.pop("title", None)
