"""Pydantic models of fields: what is given, changed, shown and announced. The classes that users see inherit them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pydantic
from pydantic import BaseModel, StringConstraints

from contracts.fields.record import REQUIRED, Field, announced, editable, given, shown

_TYPES: dict[str, type] = {"text": str, "bool": bool, "date": date, "money": Decimal, "int": int}


def _plain_type(field: Field) -> Any:
    if field.codes is not None:
        return list[field.codes] if field.kind == "codes" else field.codes  # type: ignore[name-defined]  # a value
    return _TYPES[field.kind]


def _checked_type(field: Field) -> Any:
    """Give the type with the bounds of what may be given."""
    if field.kind == "text":
        return Annotated[
            str,
            StringConstraints(
                strip_whitespace=True, pattern=field.pattern, min_length=field.shortest, max_length=field.longest
            ),
        ]
    if field.kind == "codes":
        return Annotated[_plain_type(field), pydantic.Field(min_length=1, max_length=field.longest)]
    if field.kind == "money":
        return Annotated[Decimal, pydantic.Field(ge=0, max_digits=14, decimal_places=2)]
    if field.kind == "int":
        return Annotated[int, pydantic.Field(ge=field.shortest, le=field.longest)]
    return _plain_type(field)


def _announced_type(field: Field) -> Any:
    return _checked_type(field) if field.kind == "text" else _plain_type(field)


def _described(field: Field, default: Any, **more: Any) -> Any:
    value = list(default) if isinstance(default, tuple) else ... if default is REQUIRED else default
    return pydantic.Field(default=value, description=f"{field.zh}, {field.en}", **more)


def _model(name: str, fields: Iterable[tuple[str, Any, Any]], base: type[BaseModel]) -> Any:
    entries: dict[str, Any] = {each: (kind, default) for each, kind, default in fields}
    return pydantic.create_model(name, __base__=base, **entries)


def given_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of what a client or a file gives, with every bound."""
    return _model(
        name,
        (
            (field.name, _optional(_checked_type(field), field.is_nullable), _described(field, field.default))
            for field in given(fields)
        ),
        base,
    )


def patch_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of a change: everything that PATCH changes, nothing required."""
    return _model(
        name,
        ((field.name, _optional(_checked_type(field), True), _described(field, None)) for field in editable(fields)),
        base,
    )


def shown_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of an answer; every field is there."""
    return _model(
        name,
        (
            (
                field.public_name,
                _optional(_plain_type(field), field.is_nullable),
                _described(field, REQUIRED, examples=list(field.examples) or None),
            )
            for field in shown(fields)
        ),
        base,
    )


def unmasked_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of what is shown for a purpose and a case: the sealed and masked fields in full."""
    return _model(
        name,
        (
            (field.name, _optional(_plain_type(field), field.is_nullable), _described(field, REQUIRED))
            for field in fields
            if field.kept != "plain"
        ),
        base,
    )


def announced_model(name: str, fields: Iterable[Field], base: type[BaseModel]) -> Any:
    """Build the part of an event; older events may lack what has a default."""
    return _model(
        name,
        (
            (field.public_name, _optional(_announced_type(field), field.is_nullable), _described(field, field.default))
            for field in announced(fields)
        ),
        base,
    )


def _optional(kind: Any, is_nullable: bool) -> Any:
    return kind | None if is_nullable else kind
