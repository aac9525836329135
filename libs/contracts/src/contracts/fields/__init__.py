"""The fields of household, person and income, each declared once (docs/fields.md is generated from them)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.fields.household import HOUSEHOLD, MONITOR
from contracts.fields.income import INCOME, IncomeItem
from contracts.fields.person import PERSON
from contracts.fields.record import (
    Field,
    Fields,
    Kind,
    announced,
    classes,
    compared,
    editable,
    given,
    names,
    plain,
    shown,
    titled,
    unmasked,
)

__all__ = [
    "HOUSEHOLD", "INCOME", "MONITOR", "PERSON", "Field", "FieldFact", "Fields", "IncomeItem", "Kind", "announced",
    "classes", "compared", "editable", "facts_of_fields", "given", "names", "plain", "shown", "titled", "unmasked",
]  # fmt: skip


@dataclass(frozen=True)
class FieldFact:
    """A field under the name that rules know.

    Attributes:
        owner: Table of the directory that holds it: household, person or income (the latest year's row counts).
        column: Its column there.
        values: Codes of a code list, else empty.
    """

    name: str
    owner: str
    column: str
    kind: Kind
    values: tuple[str, ...]
    zh: str
    en: str


def facts_of_fields() -> Iterator[FieldFact]:
    """Give every field that rules may use by itself."""
    for owner, fields in (("household", HOUSEHOLD), ("person", PERSON), ("income", INCOME)):
        for field in fields:
            if field.fact:
                values = tuple(member.value for member in field.codes or ())
                yield FieldFact(field.fact, owner, field.public_name, field.kind, values, field.zh, field.en)
