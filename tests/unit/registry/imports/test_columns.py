"""Columns and cells of flat files of households."""

from __future__ import annotations

import pytest

from intake.refusals import COLUMN_DUPLICATE, COLUMN_MISSING, RefusedError
from registry.imports.columns import FLAT, Places, read_date


def test_income_columns_are_found_by_year_and_part_under_either_name() -> None:
    header = ["2026年工资性收入", "income_2025_wage", "2025工资性收入", "income_2025_luck", "户编号*"]
    assert [FLAT.find(cell) for cell in header] == [
        "income_2026_wage", "income_2025_wage", "income_2025_wage", None, "hh_no",
    ]  # fmt: skip
    places = Places.of(["hh_no", "income_2026_wage"])
    assert (places.columns, places.incomes) == ({"hh_no": 0}, {(2026, "wage"): 1})


def test_a_header_that_lacks_a_column_or_has_it_twice_is_refused() -> None:
    required = [column.label for column in FLAT.columns if column.is_required]
    assert None not in FLAT.match(required)
    for header, reason in ((required[1:], COLUMN_MISSING), ([*required, "hh_no"], COLUMN_DUPLICATE)):
        with pytest.raises(RefusedError) as refused:
            FLAT.match(header)
        assert refused.value.reason is reason
        assert refused.value.extensions["columns"] == [{"code": "hh_no", "label": "户编号"}]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-10-31", "2026-10-31"),
        ("2026/1/3", "2026-01-03"),
        ("20261031", "2026-10-31"),
        ("2026年1月3日", "2026-01-03"),
        ("29221", "1980-01-01"),
        ("tomorrow", "tomorrow"),
        ("9999999", "9999999"),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, read: str) -> None:
    assert read_date(written) == read
