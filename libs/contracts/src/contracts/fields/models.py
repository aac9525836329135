"""Pydantic models of fields: what is given, changed, shown and announced. The classes that users see inherit them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints

from contracts.fields.record import REQUIRED, Field, announced, editable, given, shown, unmasked
from contracts.money import Money
from contracts.texts import HOLDS_ID_NUMBER, checked
from contracts.written import whole

_TYPES: dict[str, type] = {"text": str, "bool": bool, "date": date, "money": Decimal, "int": int}

_Year = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


def _plain_type(field: Field) -> Any:
    if field.codes is not None:
        return list[field.codes] if field.kind == "codes" else field.codes  # type: ignore[name-defined]  # a value
    return _TYPES[field.kind]


def _text(field: Field) -> Any:
    return Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, pattern=field.pattern, min_length=field.shortest, max_length=field.longest
        ),
    ]


def _checked_type(field: Field) -> Any:
    """Give the type with the bounds of what may be given."""
    if field.kind == "text":
        if field.kept != "plain":
            return _text(field)
        return Annotated[_text(field), AfterValidator(partial(checked, field_name=field.name))]
    if field.kind == "codes":
        return Annotated[_plain_type(field), pydantic.Field(min_length=1, max_length=field.longest)]
    if field.kind == "money":
        return Money
    if field.kind == "int":
        return Annotated[int, BeforeValidator(whole), pydantic.Field(ge=field.shortest, le=field.longest)]
    return _plain_type(field)


def _announced_type(field: Field) -> Any:
    return _text(field) if field.kind == "text" else _plain_type(field)


def _left_out() -> None:
    """Give None to code where a field is left out; a caller cannot say so with a null."""


def _described(field: Field, default: Any, **more: Any) -> Any:
    value = list(default) if isinstance(default, tuple) else ... if default is REQUIRED else default
    if field.kept != "plain":
        more["json_schema_extra"] = HOLDS_ID_NUMBER
    told = more if "default_factory" in more else {"default": value, **more}
    return pydantic.Field(description=f"{field.zh}, {field.en}", **told)


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
    """Build the model of a change: everything that PATCH changes, nothing required; null empties what may be empty."""
    return _model(
        name,
        (
            (
                field.name,
                _optional(_checked_type(field), field.is_nullable),
                _described(field, None, default_factory=_left_out),
            )
            for field in editable(fields)
        ),
        base,
    )


def shown_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of an answer; every field is there."""
    return _model(
        name,
        (
            (
                field.public_name,
                _optional(_Year if field.is_coarse else _plain_type(field), field.is_nullable),
                _described(field, REQUIRED, examples=list(field.examples) or None),
            )
            for field in shown(fields)
        ),
        base,
    )


def unmasked_model(name: str, fields: Iterable[Field], base: type[BaseModel] = BaseModel) -> Any:
    """Build the model of what is shown for a purpose and a case: the sealed, masked and coarse fields in full."""
    return _model(
        name,
        (
            (field.name, _optional(_plain_type(field), field.is_nullable), _described(field, REQUIRED))
            for field in unmasked(fields)
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
