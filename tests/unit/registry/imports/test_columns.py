"""Columns and cells of flat files of households."""

from __future__ import annotations

import pytest

from intake.refusals import COLUMN_DUPLICATE, COLUMN_MISSING, RefusedError
from registry.imports.columns import FLAT, Places


def test_income_columns_are_found_by_year_and_part_under_either_name() -> None:
    header = ["2026年工资性收入", "income_2025_wage", "2025工资性收入", "income_2025_luck", "户编号*"]
    assert [found and found.name for found in map(FLAT.find, header)] == [
        "income_2026_wage", "income_2025_wage", "income_2025_wage", None, "hh_no",
    ]  # fmt: skip
    places = Places.of(["hh_no", "income_2026_wage"])
    assert (places.columns, places.incomes) == ({"hh_no": 0}, {(2026, "wage"): 1})


def test_a_header_that_lacks_a_column_or_has_it_twice_is_refused() -> None:
    required = [column.label for column in FLAT.columns if column.is_required]
    assert None not in FLAT.match(required)
    for header, reason in ((required[1:], COLUMN_MISSING), ([*required, "hh_no"], COLUMN_DUPLICATE)):
        with pytest.raises(RefusedError) as refused:
            FLAT.require({found.name for found in FLAT.match(header) if found})
        assert refused.value.reason is reason
        [column] = refused.value.extensions["columns"]
        assert (column["code"], column["label"]) == ("hh_no", "户编号")
