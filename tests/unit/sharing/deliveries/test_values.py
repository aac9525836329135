"""What cells are accepted, and what is said about the others."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.catalogue.service import Dataset, dataset_of
from sharing.deliveries.intake.values import check_values

AS_OF = date(2026, 10, 31)


def one_field(kind: str, *, required: bool = True, **extra: Any) -> Dataset:
    field = {
        "code": "f", "label": "项", "english": "f", "type": kind, "required": required, "field_class": "S2"
    } | extra  # fmt: skip
    return dataset_of("DS-EDU-ROLL").model_copy(
        update={"fields": Dataset.model_validate(
            dataset_of("DS-EDU-ROLL").model_dump() | {"key": ["id_no"], "fields": [field], "row_checks": []}
        ).fields, "row_checks": ()}
    )  # fmt: skip


def read(dataset: Dataset, *cells: str | None) -> list[Any]:
    """Give each cell's value, or its error code."""
    fresh = Dataset.model_validate(dataset.model_dump())
    checked = check_values(fresh, pl.DataFrame({"f": pl.Series(cells, dtype=pl.String)}), AS_OF)
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
        ("money", "1.005", "f.type"), ("money", "1,000.00", "f.type"), ("money", "1e3", "f.type"),
        ("money", "￥5", "f.type"), ("money", "-0.01", "f.range"), ("money", "1000000000000", "f.range"),
        ("money", "", "f.missing"), ("money", None, "f.missing"), ("money", "  ", "f.missing"),
        ("date", "2026-10-31", date(2026, 10, 31)), ("date", "2026/10/31", date(2026, 10, 31)),
        ("date", "20261031", date(2026, 10, 31)), ("date", "46326", date(2026, 10, 31)),
        ("date", "46326.75", date(2026, 10, 31)), ("date", "2026-10-31 00:00:00", date(2026, 10, 31)),
        ("date", "2026-02-29", "f.type"), ("date", "31.10.2026", "f.type"), ("date", "0026-10-31", "f.range"),
        ("date", "2999-01-01", "f.range"), ("date", "昨天", "f.type"),
        ("bool", "是", True), ("bool", "否", False), ("bool", "TRUE", True), ("bool", "0", False), ("bool", "1", True),
        ("bool", "可能", "f.type"),
        ("int", "7", 7), ("int", "-3", -3), ("int", "7.0", 7), ("int", "+2", 2), ("int", "7.5", "f.type"),
        ("int", "99999999999", "f.range"), ("int", "seven", "f.type"),
        ("str", " 红旗小学 ", "红旗小学"), ("str", "x" * 200, "x" * 200), ("str", "x" * 201, "f.range"),
        ("str", "a\x00b", "f.type"), ("str", "a\nb", "f.type"), ("str", "", "f.missing"),
    ],
)  # fmt: skip
def test_a_cell_is_read_the_same_alone_and_among_good_ones(kind: str, cell: Any, value: Any, alone: bool) -> None:
    usual = {"money": "1.00", "date": "2026-01-01", "bool": "是", "int": "1", "str": "a"}[kind]
    cells = [cell] if alone else [usual, cell, usual]
    assert read(one_field(kind), *cells)[0 if alone else 1] == value


def test_an_optional_cell_may_be_empty() -> None:
    assert read(one_field("money", required=False), None, "", " ", "2", "x") == [None, None, None, Decimal(2), "f.type"]


def test_bounds_of_whole_numbers_are_inclusive() -> None:
    assert read(one_field("int", minimum=1, maximum=9), "0", "1", "9", "10") == ["f.range", 1, 9, "f.range"]


def test_enum_cells_hold_a_code_or_a_label() -> None:
    values = [{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}]
    assert read(one_field("enum", values=values), "a", "乙", " 甲 ", "丙", "") == ["a", "b", "a", "f.code", "f.missing"]


def test_row_checks_speak_only_where_the_cells_are_good() -> None:
    dataset = dataset_of("DS-MED-COST")
    good = {
        "year": "2026", "period_to": "2026-10-31", "total": "10", "basic_paid": "1", "critical_paid": "1",
        "aid_paid": "1", "self_paid_ytd": "10",
    }  # fmt: skip
    rows = [good, good | {"self_paid_ytd": "10.01"}, good | {"self_paid_ytd": "11", "year": "x"}]
    checked = check_values(dataset, pl.DataFrame(rows), AS_OF)
    assert checked.errors.rows() == [(2, "year", "year.type"), (1, "self_paid_ytd", "row.check")]
    assert checked.values["as_of"].to_list() == [AS_OF] * 3


@given(st.lists(st.one_of(st.decimals(0, 10**12, places=2).map(str), st.text(max_size=12), st.none()), min_size=1))
@settings(max_examples=200, deadline=None)
def test_money_is_never_rounded(cells: list[str | None]) -> None:
    for cell, value in zip(cells, read(one_field("money"), *cells), strict=True):
        if isinstance(value, Decimal):
            assert Decimal((cell or "").strip()) == value
            assert 0 <= value < 10**12


@given(st.dates(date(1927, 5, 19), date(2100, 12, 31)))
@settings(max_examples=100, deadline=None)
def test_every_written_form_of_a_date_gives_that_date(day: date) -> None:
    serial = (day - date(1899, 12, 30)) / timedelta(days=1)
    forms = [day.isoformat(), day.strftime("%Y/%m/%d"), day.strftime("%Y%m%d"), str(int(serial))]
    assert read(one_field("date"), *forms) == [day] * 4
