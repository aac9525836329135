"""Every route of the four services takes what it is sent by the letter: no coercion, nothing passed over."""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel, ValidationError

from servicekit import problem_handlers
from servicekit.body import Body
from servicekit.strictness import (
    days_of,
    parameters_of,
    read_bodies_strictly,
    require_known_parameters,
    require_single_names,
)

SERVICES = ("registry", "sharing", "alerts", "gateway")
# For each type a JSON value that a lenient reader would turn into it.
COERCED: dict[type, tuple[Any, ...]] = {
    datetime.datetime: (0, 1_790_000_000, True),
    datetime.date: (0, 1_790_000_000, True),
    bool: (0, 1, "true", "是"),
    int: (True, "3", 3.0),
    float: (True, "3.5"),
    Decimal: (True, [1]),
    str: (5, True),
    UUID: (5,),
}


class Lenient(BaseModel):
    """What no body may be."""

    visited_on: datetime.date | None = None
    overlap_s: int = 0


def bodies_of(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Each route's name and the field that reads its body."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            for field in context.dependant.body_params:
                yield f"{'/'.join(sorted(context.methods or []))} {context.path}", field


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that an annotation holds, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for info in annotation.model_fields.values():
            yield from models_of(info.annotation)
    for part in typing.get_args(annotation):
        yield from models_of(part)


def scalars_of(annotation: Any) -> Iterator[type]:
    """The plain types that a field may hold."""
    if isinstance(annotation, type) and not issubclass(annotation, BaseModel | Enum):
        yield annotation
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        for part in typing.get_args(annotation):
            yield from scalars_of(part)


def coercions_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Fields of a model, each with a value of another type that must be refused."""
    for name, info in model.model_fields.items():
        kinds = set(scalars_of(info.annotation))
        for kind in kinds & COERCED.keys():
            for value in COERCED[kind]:
                if type(value) not in kinds and not (type(value) is float and Decimal in kinds):
                    yield info.alias or name, value


def faults_of(app: FastAPI) -> list[str]:
    """What a route takes that it must not, one line each."""
    faults: list[str] = []
    for name, field in bodies_of(app):
        faults += [
            f"{name}: {model.__name__} is no Body, or lets unknown fields through"
            for model in models_of(field.field_info.annotation)
            if not issubclass(model, Body) or model.model_config.get("extra") != "forbid"
        ]
        model = next(models_of(field.field_info.annotation), None)
        if model is None:
            faults.append(f"{name}: its body is no model")
            continue
        for wrong, value in coercions_of(model):
            try:
                field._type_adapter.validate_python({wrong: value})
            except ValidationError as error:
                if any(item["loc"][:1] == (wrong,) for item in error.errors()):
                    continue
            faults.append(f"{name}: {wrong} takes {value!r}")
    return faults


@pytest.mark.parametrize("service", SERVICES)
def test_no_body_is_coerced_and_no_unknown_field_let_through(service: str, app_of: Callable[[str], FastAPI]) -> None:
    app = app_of(service)
    assert sum(1 for _ in bodies_of(app)) >= 2, "the walk found no bodies: does it still look at the right routes?"
    assert faults_of(app) == []


def test_the_walk_finds_a_lenient_body() -> None:
    router = APIRouter()

    @router.post("/v1/lenient")
    async def lenient(body: Lenient) -> None: ...

    app = FastAPI()
    app.include_router(router)
    found = faults_of(app)
    assert "POST /v1/lenient: Lenient is no Body, or lets unknown fields through" in found
    assert "POST /v1/lenient: visited_on takes 0" in found
    assert "POST /v1/lenient: overlap_s takes True" in found
    read_bodies_strictly(app)
    assert [fault for fault in faults_of(app) if "takes" in fault] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_query_model_names_its_parameters(service: str, app_of: Callable[[str], FastAPI]) -> None:
    """What the OpenAPI page lists is what the check of unknown parameters knows."""
    app = app_of(service)
    paths = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in context.methods or ():
                listed = paths[str(context.path_format)][method.lower()].get("parameters", [])
                told = {parameter["name"] for parameter in listed if parameter["in"] == "query"}
                assert told == parameters_of(context.dependant), context.path


def test_days_and_instants_of_every_query_are_known_as_such(app_of: Callable[[str], FastAPI]) -> None:
    """A new filter by time is refused a number the day it appears, because its type says what it is."""
    found = {
        (str(context.path), name)
        for service in SERVICES
        for context in iter_route_contexts(app_of(service).routes)
        if isinstance(context.original_route, APIRoute)
        for name in days_of(context.dependant)
    }
    assert found >= {
        ("/v1/audit", "occurred_from"),
        ("/v1/audit", "occurred_to"),
        ("/v1/duties", "due_before"),
        ("/v1/worklist", "changed_since"),
        ("/v1/policy-profiles/{region}", "on"),
    }
    assert not {
        name
        for _, name in found
        if not name.endswith(("_from", "_to", "_since", "_before", "_on", "on", "as_of", "occurred_by"))
    }


@pytest.mark.parametrize("value", ["0", "0.5", "1790000000", "-1", "20261031", "１"])
def test_a_number_in_the_query_is_no_day(value: str) -> None:
    app = FastAPI()

    @app.get("/seen", dependencies=[Depends(require_known_parameters)])
    async def seen(on: datetime.date | None = None) -> str:
        return str(on)

    problem_handlers.install(app)
    client = TestClient(app)
    assert client.get("/seen", params={"on": "2026-10-31"}).json() == "2026-10-31"
    assert client.get("/seen", params={"on": value}).status_code == 422


def test_a_filter_given_twice_is_refused_unless_it_takes_several_values() -> None:
    app = FastAPI()

    @app.get("/seen", dependencies=[Depends(require_known_parameters)])
    async def seen(state: str = "", ids: Annotated[list[str] | None, Query()] = None) -> str:
        return f"{state} {ids}"

    problem_handlers.install(app)
    client = TestClient(app)
    assert client.get("/seen?state=a&ids=1&ids=2").status_code == 200
    answer = client.get("/seen?state=a&state=b")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query:state")


class Taken(Body):
    """A body with an object in it."""

    name: str
    inner: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"name": "a", "name": "b"}', "/name"),
        ('{"name": "a", "inner": {"x": 1, "x": 1}}', "/x"),
        ('{"name": "a", "n\\u0061me": "b"}', "/name"),
        ('{"name": "a", "inner": {"990101199001010019": 1, "990101199001010019": 2}}', "/?"),
    ],
)
def test_an_object_that_names_a_field_twice_is_refused(body: str, pointer: str) -> None:
    app = FastAPI()

    @app.post("/taken", dependencies=[Depends(require_single_names)])
    async def take(taken: Taken) -> str:
        return taken.name

    problem_handlers.install(app)
    client = TestClient(app)
    json_type = {"Content-Type": "application/json"}
    assert client.post("/taken", content='{"name": "a", "inner": {"x": 1, "y": 1}}', headers=json_type).json() == "a"
    answer = client.post("/taken", content=body, headers=json_type)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    no_number = client.post("/taken", content='{"name": "a", "inner": {"x": NaN}}', headers=json_type)
    assert (no_number.status_code, no_number.json()["errors"][0]["code"]) == (422, "number")
