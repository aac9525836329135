"""No text of a request takes a citizen number, except in fields made for one: a walk over all request models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, ValidationError

from contracts.id_numbers import check_digit
from contracts.texts import HOLDS_ID_NUMBER, may_hold_id_number
from servicekit.body import Body
from servicekit.openapi import api_routes

SERVICES = ("registry", "sharing", "alerts", "gateway")
FIRST = "99010119900101001"
NUMBER = FIRST + check_digit(FIRST)
FULL_WIDTH = NUMBER.translate({48 + digit: 0xFF10 + digit for digit in range(10)})
WRITTEN = (NUMBER, FULL_WIDTH, f"证{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}号")

# The fields that are there for a number: what is sealed at rest, or becomes a token while it is read.
MADE_FOR_NUMBERS = {"id_no", "record", "name", "phone", "bank_account", "address", "body", "content"}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that a type speaks of, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


def takes_text(annotation: Any) -> bool:
    """Whether text, a list of texts or an object with texts may stand there."""
    if annotation is Any or annotation is str:
        return True
    return any(takes_text(inner) for inner in get_args(annotation))


def request_models(app: FastAPI) -> set[type[BaseModel]]:
    """The models of all bodies and of queries that are models."""
    found: set[type[BaseModel]] = set()
    for route in api_routes(app):
        dependant = route.dependant
        parameters = [*dependant.body_params, *dependant.query_params]
        for inner in dependant.dependencies:
            parameters += [*inner.body_params, *inner.query_params]
        for parameter in parameters:
            found |= set(models_in(parameter.field_info.annotation))
    return found


def faults_of(models: set[type[BaseModel]]) -> list[str]:
    """The fields that take a citizen number and are not made for one."""
    faults = []
    for model in sorted(models, key=lambda each: each.__qualname__):
        for name, field in model.model_fields.items():
            if not takes_text(field.annotation) or may_hold_id_number(field.json_schema_extra):
                continue
            values = [
                value for text in WRITTEN for value in (text, [text], {"x": text}, {text: "x"}, {"x": [{"y": text}]})
            ]
            if any(_is_taken(model, name, value) for value in values):
                faults.append(f"{model.__name__}.{name}")
    return faults


def _is_taken(model: type[BaseModel], name: str, value: Any) -> bool:
    try:
        model.__pydantic_validator__.validate_assignment(model.model_construct(), name, value)
    except ValidationError as error:
        return all(item["loc"][:1] != (name,) for item in error.errors())
    return True


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_takes_an_id_number_where_none_belongs(service: str, app_of: Callable[[str], FastAPI]) -> None:
    models = request_models(app_of(service))
    assert models, "the walk found no model: does it still look at the right parameters?"
    assert faults_of(models) == []
    made_for = {
        name
        for model in models
        for name, field in model.model_fields.items()
        if may_hold_id_number(field.json_schema_extra)
    }
    assert made_for <= MADE_FOR_NUMBERS


def test_walk_finds_a_planted_field_that_takes_a_number() -> None:
    class Inner(BaseModel):
        note: str

    class Planted(Body):
        inner: list[Inner] = []
        note: str = ""
        tags: dict[str, Any] = {}
        id_no: str = Field(default="", json_schema_extra=HOLDS_ID_NUMBER)

    assert faults_of(set(models_in(Planted))) == ["Inner.note"]


def test_texts_that_cannot_be_stored_are_refused_wherever_they_stand() -> None:
    class Planted(Body):
        note: str = ""
        record: dict[str, Any] = Field(default={}, json_schema_extra=HOLDS_ID_NUMBER)

    for value in ("\x00", "a\ud800"):
        for given in ({"note": value}, {"record": {"x": [value]}}, {"record": {value: 1}}):
            with pytest.raises(ValidationError, match="NUL or half of a surrogate"):
                Planted.model_validate(given)
