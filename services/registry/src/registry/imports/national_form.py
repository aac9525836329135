"""The register in the form that files of households have: Chinese headings, one row a person, masked. Pure.

What is masked is no value: such a table is to be read and held beside another one, and is refused where it is
imported as if it were the register.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.fields import Field
from registry.imports.columns import COLUMNS, INCOME_PARTS
from registry.imports.texts import ANSWERS, INCOME_TITLE
from servicekit.spreadsheets import formula_safe

# What answers do not show at all has no column, and when a value was found is none of the national form.
_COLUMNS = [column for column in COLUMNS if column.field.is_shown and column.name != "as_of"]
_MONITOR = {"category": "monitor_category", "risk_types": "open_risks", "identified_on": "identified_on"}


@dataclass(frozen=True)
class Beside:
    """What the list of households does not show of one: when it was identified, its amounts by year and part."""

    identified_on: str | None
    incomes: Mapping[str, Mapping[str, str]]


def header(years: Sequence[int]) -> list[str]:
    """Give the headings, with the incomes of these years."""
    incomes = [INCOME_TITLE.format(year=year, title=field.zh) for year in years for field in INCOME_PARTS.values()]
    return [column.field.zh for column in _COLUMNS] + incomes


def rows(household: Mapping[str, Any], beside: Beside, years: Sequence[int]) -> Iterator[list[str]]:
    """Give the rows of a household, as the list of households shows it (masked)."""
    monitored = dict(household) | {"identified_on": beside.identified_on} if household["is_monitored"] else {}
    amounts = [beside.incomes.get(str(year), {}).get(part) or "" for year in years for part in INCOME_PARTS]
    for member in household["members"]:
        values = {
            "household": [household.get(column.field.public_name) for column in _COLUMNS],
            "monitor": [monitored.get(_MONITOR.get(column.field.name, "")) for column in _COLUMNS],
            "member": [member.get(column.field.public_name) for column in _COLUMNS],
        }
        yield [
            formula_safe(_cell(column.field, values[column.owner][place])) for place, column in enumerate(_COLUMNS)
        ] + amounts


def _cell(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(_cell(field, each) for each in value)
    if field.codes is not None:
        return field.codes(value).label
    return ANSWERS[value] if isinstance(value, bool) else str(value)
