"""Rows made from a declaration alone, for what no life of this county tells of; and rows that a declaration forbids."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

from bangfu_county.calendar import Month, between
from bangfu_county.datasets import Check, Column, Dataset
from bangfu_county.model import Household, Record

Fault = tuple[str, Callable[[Record], None]]

SHARE = 0.05  # of the persons
_TRIES = 100


def invent(rng: Random, month: Month, household: Household, dataset: Dataset) -> None:
    """Give some members a row of a dataset, whatever its columns allow.

    Raises:
        ValueError: if no row was found that the dataset's checks let pass.
    """
    for person in household.members:
        if person.id_no is None or rng.random() >= SHARE:
            continue
        for _ in range(_TRIES):
            row = {column.code: _value(rng, month, column) for column in dataset.own}
            if "id_no" not in dataset.key:
                name_apart(dataset, row, person.person_no)
            if all(holds(check, row) for check in dataset.checks):
                person.rows[dataset.code].append(row)
                break
        else:
            raise ValueError(f"{dataset.code}: no invented row passes its checks")


def name_apart(dataset: Dataset, row: Record, name: str) -> None:
    """Give a row the only key of its name."""
    for column in dataset.own:
        if column.code in dataset.key and column.kind == "str":
            row[column.code] = f"W{name}"


def _value(rng: Random, month: Month, column: Column) -> Any:
    if not column.required and rng.random() < 0.1:
        return None
    match column.kind:
        case "enum":
            return rng.choice(list(column.labels or ()))
        case "bool":
            return rng.random() < 0.5
        case "int":
            return rng.randint(column.minimum or 0, min(column.maximum or 100, (column.minimum or 0) + 100))
        case "money":
            return int(rng.random() ** 2 * 3_000_000)
        case "date":
            return between(rng, month.months_back(12), month.as_of)
        case "str":
            return column.example or column.header


def holds(check: Check, row: Record) -> bool:
    """Evaluate a check; a null passes, as in the service."""
    with sqlite3.connect(":memory:") as database:
        database.create_function("greatest", -1, max)
        database.create_function("least", -1, min)
        cells = {code: value.isoformat() if isinstance(value, date) else value for code, value in row.items()}
        columns = ", ".join(f":{code} AS {code}" for code in cells)
        (found,) = database.execute(f"SELECT {check.expression} FROM (SELECT {columns})", cells).fetchone()
    return found is None or bool(found)


def setting(column: str, value: object) -> Callable[[Record], None]:
    """Give what puts a value into a cell."""

    def spoil(record: Record) -> None:
        record[column] = value

    return spoil


def _wrong_values(column: Column, record: Record) -> list[object]:
    """Give what a cell may hold instead, its own value first."""
    value = record[column.code]
    match column.kind:
        case "enum":
            return [value, *(column.labels or ())]
        case "bool":
            return [value, True, False]
        case "money":
            return [value, (value or 0) + 12300, 10**9, 0]
        case "int":
            bounds = [bound for bound in (column.minimum, column.maximum) if bound is not None]
            return [value, *bounds, *(() if column.required else (None,))]
        case "date":
            return [value, date(1990, 1, 1), *(() if column.required else (None,))]
        case _:
            return [value] if column.required else [value, None]


def _break(dataset: Dataset, check: Check) -> Callable[[Record], None]:
    """Give what makes a check fail, by another value of its field if that is enough."""
    named = [column for column in dataset.own if re.search(rf"\b{column.code}\b", check.expression)]
    named.sort(key=lambda column: column.code == check.field)  # the last one varies first

    def spoil(record: Record) -> None:
        for values in product(*(_wrong_values(column, record) for column in named)):
            changed = {column.code: value for column, value in zip(named, values, strict=True)}
            if not holds(check, record | changed):
                record.update(changed)
                return

    return spoil


def faults_of(dataset: Dataset) -> Iterator[Fault]:
    """Give each way in which a cell of a dataset can be wrong, or a check fail, with the code that intake must name."""
    checked = " ".join(check.expression for check in dataset.checks)
    for column in dataset.own:
        code = column.code
        match column.kind:
            case "enum":
                yield f"{code}.code", setting(code, "不在码表")
            case "bool":
                yield f"{code}.type", setting(code, "不清楚")
            case "date":
                yield f"{code}.type", setting(code, "月底")
            case "int":
                yield f"{code}.type", setting(code, "若干")
                if column.maximum is not None:
                    yield f"{code}.range", setting(code, column.maximum + 1)
            case "money":
                yield f"{code}.type", setting(code, "五千元")
                if code not in checked:  # one fault a row
                    yield f"{code}.range", setting(code, -40000)
                    yield f"{code}.decimals", setting(code, Decimal("123.456"))
            case "str":
                pass
        if column.required:
            yield f"{code}.missing", setting(code, None)
    for check in dataset.checks:
        yield "row.check", _break(dataset, check)
