"""Every route of the four services says who may call it, what for, and which classes of field it shows."""

from __future__ import annotations

import importlib
import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr

from contracts.vocabulary import FieldClass
from servicekit.auth import PublicAccess, RequireAccess, requires
from servicekit.settings import ServiceSettings

SERVICES = ("registry", "sharing", "alerts", "gateway")
SCOPE = re.compile(r"^[a-z][a-z_]*:[a-z_]+$")

# Routes that are no API operations. The gateway's catch-all forwards to services, which check again.
NO_OPERATIONS = {"/openapi.json"}


def settings_of(service: str, folder: Path) -> ServiceSettings:
    """Settings with throw-away secrets: enough to build the app, nothing is connected."""
    module = importlib.import_module(f"{service}.settings")
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, ServiceSettings) and item.__module__ == module.__name__
    ]
    assert len(found) == 1, f"{service}.settings has {len(found)} settings classes"
    values: dict[str, Any] = {
        "mode": "embedded",
        "database_url": "postgresql://nobody:unused@127.0.0.1:1/none",
        "bus_url": "embedded:postgresql://nobody:unused@127.0.0.1:1/none",
        "data_dir": folder,
    }
    for name, field in found[0].model_fields.items():
        if name in values or not field.is_required():
            continue
        kind = str(field.annotation)
        if SecretStr.__name__ in kind:
            values[name] = b64encode(secrets.token_bytes(32)).decode()
        elif "Path" in kind:
            values[name] = folder
        else:
            values[name] = "http://127.0.0.1:1"
    settings: ServiceSettings = found[0](**values)
    return settings


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
def test_every_route_declares_scope_purpose_and_field_classes(service: str, tmp_path: Path) -> None:
    app = importlib.import_module(f"{service}.app").create_app(settings_of(service, tmp_path))
    operations = [route for route in iter_route_contexts(app.routes) if str(route.path).startswith("/v1/")]
    assert operations, "the walk found no operation: does it still look at the right routes?"
    assert faults_of(app) == []


def test_walk_fails_on_a_planted_route_without_a_declaration() -> None:
    router = APIRouter()
    good = requires("clues:read", purpose="see the clues of one's area", classes=(FieldClass.S2,))
    unscoped = requires("clues", purpose="", classes=())

    @router.get("/v1/declared", dependencies=[Depends(good)])
    async def declared() -> None: ...

    @router.get("/v1/forgotten")
    async def forgotten() -> None: ...

    @router.get("/v1/sloppy", dependencies=[Depends(unscoped)])
    async def sloppy() -> None: ...

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    assert faults_of(app) == [
        "GET /v1/forgotten: 0 access declarations, needs exactly one",
        "GET /v1/sloppy: scope 'clues' is not thing:action",
        "GET /v1/sloppy: no purpose",
        "GET /v1/sloppy: no field classes",
    ]
