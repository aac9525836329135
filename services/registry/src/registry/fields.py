"""How the values of fields go into the registry's columns, and come out of them as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.fields import Field
from contracts.vocabulary import Labelled


def json_fields(fields: Iterable[Field], alias: str) -> dict[str, str]:
    """Give the SQL expression of each field's value in JSON, by its public name; decimals are text."""
    return {field.public_name: f"{alias}.{field.column}{'::text' if field.kind == 'money' else ''}" for field in fields}


# What a mask lets through is decided where it is shown: the column may hold one that an earlier release made, which
# showed the last two characters of a number, or four digits of a landline.
_SHOWN_MASKS = {
    "id_no_masked": "rpad(left({column}, 6), length({column}), '*')",
    "phone_masked": "CASE WHEN {column} LIKE '1%' THEN {column} ELSE repeat('*', length({column})) END",
}


def shown_fields(fields: Iterable[Field], alias: str) -> dict[str, str]:
    """Give `json_fields` as answers show them: the year of a date that is coarse, and no more than a mask may show."""
    fields = tuple(fields)
    masks = {
        field.public_name: _SHOWN_MASKS[field.column].format(column=f"{alias}.{field.column}")
        for field in fields
        if field.column in _SHOWN_MASKS
    }
    years = {field.public_name: f"to_char({alias}.{field.column}, 'YYYY')" for field in fields if field.is_coarse}
    return json_fields(fields, alias) | years | masks


def coarsened(document: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Give a document of these fields, by public name, with the year of each date that is coarse."""
    return {**document} | {
        field.public_name: str(document[field.public_name])[:4]
        for field in fields
        if field.is_coarse and document.get(field.public_name) is not None
    }


def stored(value: Any) -> Any:
    """Give a value as a column holds it: codes as text."""
    if isinstance(value, list):
        return [stored(item) for item in value]
    return value.value if isinstance(value, Labelled) else value
