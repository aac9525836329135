"""The fields of a household, what is monitored of it, a person and an income, as the page of fields prints them."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.fields import Field, Fields


def lines(records: Fields) -> Iterator[str]:
    """Give the table of the fields of a record."""
    yield "| field | title and column | type | class | given | default | event | rules know it as |"
    yield "|---|---|---|---|---|---|---|---|"
    for field in records:
        titles = ", ".join((field.zh, *field.aliases))
        given = ("POST, import, PATCH" if field.is_editable else "POST, import") if field.is_given else "computed"
        cells = (
            f"`{field.name}`",
            f"{titles} / {field.en}",
            _kind(field),
            f"{field.sensitivity.value}{'' if field.kept == 'plain' else ', ' + field.kept}",
            given,
            _default(field),
            f"`{field.public_name}`" if field.in_snapshot else "-",
            f"`{field.fact}`" if field.fact else "-",
        )
        yield f"| {' | '.join(cells)} |"


def _kind(field: Field) -> str:
    if field.codes is None:
        return f"{field.kind}, {field.unit}" if field.unit else field.kind
    return f"{field.kind}: " + ", ".join(f"`{code.value}` {code.label}" for code in field.codes)


def _default(field: Field) -> str:
    if field.is_required:
        return "required" if field.is_given else "-"
    value = field.default
    if value is None:
        return "none"
    return ", ".join(f"`{item}`" for item in (value if isinstance(value, tuple) else (value,))) or "none"
