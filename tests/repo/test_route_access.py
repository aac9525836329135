"""Every route of the four services says who may call it, what for, and which classes of field it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from contracts.vocabulary import FieldClass
from servicekit.auth import PublicAccess, RequireAccess, requires

SERVICES = ("registry", "sharing", "alerts", "gateway")
SCOPE = re.compile(r"^[a-z][a-z_]*:[a-z_]+$")

# Routes that are no API operations. The gateway's catch-all forwards to services, which check again.
NO_OPERATIONS = {"/openapi.json"}


def declarations(dependant: Dependant) -> Iterator[RequireAccess | PublicAccess]:
    """Access declarations among a route's dependencies, at any depth."""
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, RequireAccess | PublicAccess):
            yield dependency.call
        yield from declarations(dependency)


def faults_of(app: FastAPI) -> list[str]:
    """What is wrong with the access declarations of `app`, one line a route."""
    faults = []
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if not isinstance(route.original_route, APIRoute):
            faults += [] if path in NO_OPERATIONS else [f"{path}: no API route, so it declares no access"]
            continue
        name = f"{'/'.join(sorted(route.methods or []))} {path}"
        found = list(declarations(route.dependant))
        if len(found) != 1:
            faults.append(f"{name}: {len(found)} access declarations, needs exactly one")
            continue
        access = found[0]
        if isinstance(access, PublicAccess):
            faults += [] if access.reason.strip() else [f"{name}: public without a reason"]
            continue
        if not SCOPE.match(access.scope):
            faults.append(f"{name}: scope {access.scope!r} is not thing:action")
        if not access.purpose.strip():
            faults.append(f"{name}: no purpose")
        if not access.classes or not all(isinstance(item, FieldClass) for item in access.classes):
            faults.append(f"{name}: no field classes")
    return faults


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_scope_purpose_and_field_classes(service: str, app_of: Callable[[str], FastAPI]) -> None:
    app = app_of(service)
    operations = [route for route in iter_route_contexts(app.routes) if str(route.path).startswith("/v1/")]
    assert operations, "the walk found no operation: does it still look at the right routes?"
    assert faults_of(app) == []


def test_walk_fails_on_a_planted_route_without_a_declaration() -> None:
    router = APIRouter()
    good = requires("clues:read", purpose="see the clues of one's area", classes=(FieldClass.S2,))
    unscoped = requires("clues", purpose="", classes=())

    @router.get("/v1/declared", dependencies=[good])
    async def declared() -> None: ...

    @router.get("/v1/forgotten")
    async def forgotten() -> None: ...

    @router.get("/v1/sloppy", dependencies=[unscoped])
    async def sloppy() -> None: ...

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    assert faults_of(app) == [
        "GET /v1/forgotten: 0 access declarations, needs exactly one",
        "GET /v1/sloppy: scope 'clues' is not thing:action",
        "GET /v1/sloppy: no purpose",
        "GET /v1/sloppy: no field classes",
    ]
