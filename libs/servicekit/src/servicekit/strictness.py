"""Requests are taken by the letter: nothing is coerced, nothing that is not understood is passed over.

JSON has one way to write a date (a string), a truth (`true`) and a number; a number is no date, a string no number.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args, get_origin

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import AwareDatetime, BaseModel
from pydantic_core import to_json

from contracts.errors import FieldError
from contracts.id_numbers import carries_id_number
from servicekit.problems import InvalidInput

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").match  # pydantic would take a number for seconds since 1970
_PARAMETERS = "bangfu_parameters"  # kept with the route, which lives as long as its app
_LISTS = (list, tuple, set, frozenset)


@dataclass(frozen=True, slots=True)
class _Known:
    """The query parameters of a route by what they are."""

    names: frozenset[str]
    days: frozenset[str]
    lists: frozenset[str]


def read_bodies_strictly(app: FastAPI) -> None:
    """Let every route of `app` read its body as pydantic reads strict JSON.

    FastAPI validates what it has parsed, as Python, where strictness would refuse a date that JSON can write as a
    string only.
    """
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            for field in context.dependant.body_params:
                if not isinstance(field._type_adapter, _Strict):
                    field._type_adapter = _Strict(field._type_adapter)


class _Strict:
    """A type adapter whose `validate_python` takes what JSON gave, strictly."""

    def __init__(self, adapter: Any) -> None:  # pydantic's TypeAdapter, of any type
        self._adapter = adapter

    # Any: what a body holds; FastAPI's options are about objects, which JSON has not.
    def validate_python(self, value: Any, **_: Any) -> Any:
        """Validate a value that was parsed from JSON."""
        try:
            text = to_json(value)
        except ValueError:  # too deep, or half a surrogate pair: no model takes that either
            return self._adapter.validate_python(value)
        return self._adapter.validate_json(text, strict=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def require_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have or is given twice, and a number for a day or an instant.

    Raises:
        InvalidInput: naming each; their values are not repeated.
    """
    if not request.scope.get("query_string"):
        return
    route = request.scope["route"]
    known: _Known | None = getattr(route, _PARAMETERS, None)
    if known is None:
        known = _Known(parameters_of(route.dependant), days_of(route.dependant), lists_of(route.dependant))
        setattr(route, _PARAMETERS, known)
    given = request.query_params.multi_items()
    counts = Counter(name for name, _ in given)
    unknown = sorted(counts.keys() - known.names)
    if unknown:
        told = f"there is no such parameter; there are: {', '.join(sorted(known.names)) or 'none'}"
        errors = [FieldError(f"query:{name[:60]}", "extra_forbidden", told) for name in unknown]
        raise InvalidInput(f"{len(unknown)} query parameter(s) are unknown", errors=errors)
    repeated = sorted(name for name, count in counts.items() if count > 1 and name not in known.lists)
    if repeated:
        told = "this parameter takes one value; only the last would count"
        errors = [FieldError(f"query:{name}", "repeated", told) for name in repeated]
        raise InvalidInput(f"{len(repeated)} query parameter(s) are given twice", errors=errors)
    numbers = sorted({name for name, value in given if name in known.days and not _DAY(value)})
    if numbers:
        told = "a day or an instant is written as 2026-10-31 or 2026-10-31T08:00:00Z"
        errors = [FieldError(f"query:{name}", "date_format", told) for name in numbers]
        raise InvalidInput(f"{len(numbers)} query parameter(s) are no days", errors=errors)


async def require_single_names(request: Request) -> None:
    """Refuse a JSON body in which an object names a field twice, as only the last would count, or a number is none.

    Raises:
        InvalidInput: naming the field, unless its name is none that a route would have.
    """
    # Only where the body was read as a whole already: what streams is read by its own readers.
    if getattr(request.scope.get("route"), "body_field", None) is None:
        return
    body = await request.body()
    if not body or "json" not in request.headers.get("content-type", ""):
        return
    try:
        json.loads(body, object_pairs_hook=_single, parse_constant=_no_number)
    except _NamedTwiceError as error:
        name = str(error)
        shown = name if _FIELD(name) and not carries_id_number(name) else "?"
        told = "an object names this field twice; only the last value would count"
        raise InvalidInput(
            "an object names a field twice", errors=[FieldError(f"/{shown}", "repeated", told)]
        ) from None
    except (ValueError, RecursionError):
        return  # no JSON at all: said by whoever reads the body


_FIELD = re.compile(r"[A-Za-z0-9_.\-]{1,60}").fullmatch


def _no_number(_: str) -> None:
    told = "NaN 和 Infinity 不是 JSON 的数 / NaN and Infinity are no numbers of JSON"
    raise InvalidInput("the body holds a number that is none", errors=[FieldError("", "number", told)])


class _NamedTwiceError(Exception):
    """An object names a field twice."""


def _single(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _NamedTwiceError(name)
            seen.add(name)


def parameters_of(dependant: Dependant) -> frozenset[str]:
    """Give the query parameters that a route takes."""
    return frozenset(name for name, _ in _parameters(dependant))


def days_of(dependant: Dependant) -> frozenset[str]:
    """Give those query parameters that are days or instants."""
    return frozenset(name for name, kind in _parameters(dependant) if _is_day(kind))


def lists_of(dependant: Dependant) -> frozenset[str]:
    """Give those query parameters that take several values."""
    return frozenset(name for name, kind in _parameters(dependant) if _is_list(kind))


def _parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((info.alias or name, info.annotation) for name, info in kind.model_fields.items())
        else:
            yield field.alias, kind


def _is_list(kind: Any) -> bool:
    """Tell whether a type, or a member of a union, is a list."""
    return (get_origin(kind) or kind) in _LISTS or any(_is_list(member) for member in get_args(kind))


def _is_day(kind: Any) -> bool:
    """Tell whether a type, or a member of a union, is a date, an instant among them."""
    if get_args(kind):
        return any(_is_day(member) for member in get_args(kind))
    return kind is AwareDatetime or (isinstance(kind, type) and issubclass(kind, date))
