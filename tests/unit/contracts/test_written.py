"""A line of a file may write a year as text and an amount as a number; a request may not, and nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.written import OF_A_FILE
from registry.household import IncomeIn


def read(year: Any, wage: Any, context: str | None) -> tuple[int, str] | str:
    line = json.dumps({"year": year, "wage": wage})
    try:
        income = IncomeIn.model_validate_json(line, strict=True, context=context)
    except ValidationError as error:
        return str(error.errors()[0]["type"])
    return income.year, str(income.model_dump()["wage"])


@pytest.mark.parametrize(
    ("year", "wage", "of_a_file", "of_a_request"),
    [
        (2026, "12600.50", (2026, "12600.50"), (2026, "12600.50")),
        ("2026", "12600.50", (2026, "12600.50"), "int_type"),
        (2026, 12600, (2026, "12600"), "value_error"),
        (2026, 12600.5, (2026, "12600.5"), "value_error"),
        (2026, 0.1 + 0.2, "decimal_max_digits", "value_error"),
        (2026, 1e400, "finite_number", "value_error"),
        (2026, True, "value_error", "value_error"),
        (True, "1", "int_type", "int_type"),
        ("2026.0", "1", "int_type", "int_type"),
        ("+2026", "1", "int_type", "int_type"),
        ("20２6", "1", "int_type", "int_type"),
        ("9" * 5000, "1", "int_type", "int_type"),
        ("1926", "1", "greater_than_equal", "int_type"),
    ],
)
def test_what_a_file_and_a_request_may_write(year: Any, wage: Any, of_a_file: Any, of_a_request: Any) -> None:
    assert (read(year, wage, OF_A_FILE), read(year, wage, None)) == (of_a_file, of_a_request)
