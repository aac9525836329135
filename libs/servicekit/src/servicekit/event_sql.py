"""The SQL that makes events of rows, written from their model's fields. Pure.

Field names are held against the model when the SQL is made: a forgotten field, or one that nobody knows, is an
error of the program and not a message that the consumers find out about.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union, get_args

from pydantic import BaseModel

from contracts.envelope import EventData


@dataclass(frozen=True)
class Each:
    """A list of parts, one for each row of `source` (`income i WHERE i.household_id = h.id`), ordered."""

    fields: Fields
    source: str
    order_by: str


# What a field's value is: an SQL expression, a nested part, or a list of nested parts.
Value: TypeAlias = Union[str, "Fields", Each]
Fields: TypeAlias = Mapping[str, Value]

INSERT = """INSERT INTO outbox (topic, key, type, time, traceparent, data)
SELECT :event_topic, ({key})::text, :event_type, :event_at, :event_traceparent,
{data}
FROM {source}"""


class FieldsError(TypeError):
    """Fields that are not those of the event's model."""


def insert_events(model: type[EventData], fields: Fields, source: str) -> str:
    """Give the statement that puts one event of `model` for each row of `source` into the outbox.

    Args:
        source: What stands after FROM, WHERE and ORDER BY included.

    Raises:
        FieldsError: a field without default is missing, or the model knows no such field.
    """
    check(model, fields)
    return INSERT.format(
        key=_value(fields[model.topic.key]), data=textwrap.indent(json_object(fields), "    "), source=source
    )


def json_object(fields: Fields) -> str:
    """Give the expression that builds a JSON object, a field a line."""
    members = ",\n".join(f"'{name}', {_value(value)}" for name, value in fields.items())
    return f"json_build_object(\n{textwrap.indent(members, '    ')})"


def _value(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Each):
        return (
            f"(SELECT COALESCE(json_agg({json_object(value.fields)} ORDER BY {value.order_by}), '[]'::json)\n"
            f" FROM {value.source})"
        )
    return json_object(value)


def check(model: type[BaseModel], fields: Fields) -> None:
    """Hold field names against a model, and those of nested parts against the models of the parts.

    Raises:
        FieldsError: a field without default is missing, or the model knows no such field.
    """
    known = model.model_fields
    missing = [name for name, field in known.items() if field.is_required() and name not in fields]
    unknown = [name for name in fields if name not in known]
    if missing or unknown:
        raise FieldsError(f"{model.__name__}: missing {missing}, unknown {unknown}")
    for name, value in fields.items():
        if not isinstance(value, str):
            part = next(_models_in(known[name].annotation), None)
            if part is None:
                raise FieldsError(f"{model.__name__}.{name} has no parts")
            check(part, value.fields if isinstance(value, Each) else value)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
