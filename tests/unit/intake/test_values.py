"""What cells are accepted, and what is said about the others."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.layout import Column, Kind, Layout
from intake.values import check_values
from intake.written import folded, read_money


def one_field(kind: Kind, *, required: bool = True, **extra: Any) -> Layout:
    return Layout((Column("f", "项", kind, required, **extra),))


def read(layout: Layout, *cells: str | None) -> list[Any]:
    """Give each cell's value, or its error code."""
    checked = check_values(layout, pl.DataFrame({"f": pl.Series(cells, dtype=pl.String)}))
    found = checked.values["f"].to_list()
    for row, field, code in checked.errors.iter_rows():
        assert field == "f"
        found[row] = code
    return found


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("money", "12.50", Decimal("12.50")), ("money", "0", Decimal(0)), ("money", " 7.1 ", Decimal("7.10")),
        ("money", "12.3400", Decimal("12.34")), ("money", "999999999999.99", Decimal("999999999999.99")),
        ("money", "1.005", "f.decimals"), ("money", "1,000.00", Decimal(1000)), ("money", "1e3", "f.scientific"),
        ("money", "￥5", Decimal(5)), ("money", "-0.01", "f.range"), ("money", "1000000000000", "f.range"),
        ("money", "", "f.missing"), ("money", None, "f.missing"), ("money", "  ", "f.missing"),
        ("date", "2026-10-31", date(2026, 10, 31)), ("date", "2026/10/31", date(2026, 10, 31)),
        ("date", "20261031", date(2026, 10, 31)), ("date", "46326", date(2026, 10, 31)),
        ("date", "46326.75", date(2026, 10, 31)), ("date", "2026-10-31 00:00:00", date(2026, 10, 31)),
        ("date", "2026-02-29", "f.no_date"), ("date", "31.10.2026", "f.ambiguous"), ("date", "0026-10-31", "f.type"),
        ("date", "2999-01-01", "f.range"), ("date", "昨天", "f.type"),
        ("bool", "是", True), ("bool", "否", False), ("bool", "TRUE", True), ("bool", "0", False), ("bool", "1", True),
        ("bool", "可能", "f.type"),
        ("int", "7", 7), ("int", "-3", -3), ("int", "7.0", 7), ("int", "+2", 2), ("int", "7.5", "f.type"),
        ("int", "99999999999", "f.range"), ("int", "seven", "f.type"),
        ("str", " 红旗小学 ", "红旗小学"), ("str", "x" * 200, "x" * 200), ("str", "x" * 201, "f.range"),
        ("str", "a\x00b", "f.type"), ("str", "a\nb", "a b"), ("str", "", "f.missing"),
    ],
)  # fmt: skip
def test_a_cell_is_read_the_same_alone_and_among_good_ones(kind: Kind, cell: Any, value: Any, alone: bool) -> None:
    usual = {"money": "1.00", "date": "2026-01-01", "bool": "是", "int": "1", "str": "a", "enum": "a"}[kind]
    cells = [cell] if alone else [usual, cell, usual]
    assert read(one_field(kind), *cells)[0 if alone else 1] == value


def test_an_optional_cell_may_be_empty() -> None:
    assert read(one_field("money", required=False), None, "", " ", "2", "x") == [None, None, None, Decimal(2), "f.type"]


def test_bounds_of_whole_numbers_are_inclusive() -> None:
    assert read(one_field("int", minimum=1, maximum=9), "0", "1", "9", "10") == ["f.range", 1, 9, "f.range"]


def test_enum_cells_hold_a_code_or_a_label() -> None:
    codes = {"a": "a", "甲": "a", "b": "b", "乙": "b"}
    assert read(one_field("enum", codes=codes), "a", "乙", " 甲 ", "丙", "") == ["a", "b", "a", "f.code", "f.missing"]


@given(st.lists(st.one_of(st.decimals(0, 10**12, places=2).map(str), st.text(max_size=12), st.none()), min_size=1))
@settings(max_examples=200, deadline=None)
def test_money_is_never_rounded(cells: list[str | None]) -> None:
    for cell, value in zip(cells, read(one_field("money"), *cells), strict=True):
        if isinstance(value, Decimal):
            assert read_money(folded(cell or "")) == value
            assert value == value.quantize(Decimal("0.01"))
            assert 0 <= value < 10**12


@given(st.dates(date(1927, 5, 19), date(2100, 12, 31)))
@settings(max_examples=100, deadline=None)
def test_every_written_form_of_a_date_gives_that_date(day: date) -> None:
    serial = (day - date(1899, 12, 30)) / timedelta(days=1)
    forms = [day.isoformat(), day.strftime("%Y/%m/%d"), day.strftime("%Y%m%d"), f"{day.year}年{day.month}月{day.day}日"]
    assert read(one_field("date"), *forms) == [day] * 4
    unclear = range(19_000, 21_000)  # may be a year and a month: 20261
    assert read(one_field("date"), str(int(serial))) == ["f.ambiguous" if int(serial) in unclear else day]
