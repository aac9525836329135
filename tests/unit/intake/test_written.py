"""Values in the forms that people and spreadsheets write; what may mean two things is refused with its cause."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from intake.faults import FAULTS, told
from intake.written import Wrong, folded, read_bool, read_code, read_date, read_int, read_money, read_text

DAY = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026-10-31", DAY), ("2026/10/31", DAY), ("2026.10.31", DAY), ("20261031", DAY), ("2026年10月31日", DAY),
        ("2026 年 10 月 31 日", DAY), ("２０２６年１０月３１日", DAY), ("2026-10-31 00:00:00", DAY),
        ("2026/10/31 8:30", DAY),
        ("2026-10-31T08:30:00", DAY), ("2026年1月3日", date(2026, 1, 3)), ("2026-1-3", date(2026, 1, 3)),
        ("46326", DAY),
        ("\u200b2026-10-31\ufeff", DAY), ("2026年10月31号", DAY),
        ("2026", "year_only"), ("1980年", "year_only"), ("2026.0", "year_only"), ("202610", "month_only"),
        ("2026年10月", "month_only"), ("2026.6", "month_only"), ("2026-02-30", "no_date"), ("20261331", "no_date"),
        ("05/06/2026", "ambiguous"), ("26-10-31", "ambiguous"), ("31.10.26", "ambiguous"), ("20261", "ambiguous"),
        ("1850-01-01", "range"), ("2150-01-01", "range"), ("#N/A", "error_cell"), ("昨天", "type"), ("0", "type"),
        ("2026-10/31", "type"), ("99991231", "type"),
    ],
)  # fmt: skip
def test_dates(cell: str, value: date | str) -> None:
    found = read_date(folded(cell))
    assert found == (Wrong(value) if isinstance(value, str) else value)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("202106", date(2021, 6, 1), date(2021, 6, 30)), ("2021.6", date(2021, 6, 1), date(2021, 6, 30)),
        ("2021年6月", date(2021, 6, 1), date(2021, 6, 30)), ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021.1", "ambiguous", "ambiguous"), ("2021.10", date(2021, 10, 1), date(2021, 10, 31)),
        ("202113", "no_date", "no_date"), ("2021", "year_only", "year_only"),
    ],
)  # fmt: skip
def test_months_where_the_field_allows_them(cell: str, first: date | str, last: date | str) -> None:
    for months, value in (("first", first), ("last", last)):
        found = read_date(cell, months)  # type: ignore[arg-type]  # one of the two literals
        assert found == (Wrong(value) if isinstance(value, str) else value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12600", "12600.00"), ("12,600.00", "12600.00"), ("１２，６００．００", "12600.00"), ("￥12600", "12600.00"),
        ("¥ 12,600.5", "12600.50"), ("12600元", "12600.00"), ("12600.00 元", "12600.00"), ("1.26万", "12600.00"),
        ("1.26万元", "12600.00"), ("人民币12600元整", "12600.00"), ("+12600", "12600.00"), ("RMB 5", "5.00"),
        ("12.", "12.00"), (".5", "0.50"), ("0", "0.00"), ("12.3400", "12.34"), ("35分", "0.35"),
        ("1,234,567.89", "1234567.89"),
        ("-1", "range"), ("(12600)", "range"), ("1000000000000", "range"), ("1.26E+04", "scientific"),
        ("1e3", "scientific"),
        ("12,60.00", "grouping"), ("12.600,00", "grouping"), ("12 600", "grouping"), ("1.005", "decimals"),
        ("1.2633333万元", "decimals"), ("$5", "unit"), ("12600元万元", "unit"), ("#REF!", "error_cell"),
        ("#N/A万元", "error_cell"),
        ("无", "type"), ("-", "type"), ("一万二", "type"), ("12600美元", "type"), ("true", "type"),
    ],
)  # fmt: skip
def test_amounts(cell: str, value: str) -> None:
    found = read_money(folded(cell))
    assert found == (Wrong(value) if value in FAULTS else Decimal(value))


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (read_int, "2026年", 2026), (read_int, "３人", 3), (read_int, "1,200", 1200), (read_int, "7.0", 7),
        (read_int, "7.5", Wrong("type")), (read_int, "true", Wrong("type")), (read_int, "2E3", Wrong("scientific")),
        (read_int, "#VALUE!", Wrong("error_cell")), (read_int, "99999999999", Wrong("range")),
        (read_bool, "√", True), (read_bool, "Ｙ", True), (read_bool, "否", False), (read_bool, "也许", Wrong("type")),
        (read_bool, "#N/A", Wrong("error_cell")),
        (lambda text: read_text(text, 9), "=\"007\"", "007"), (lambda text: read_text(text, 9), "'007", "007"),
        (lambda text: read_text(text, 9), "两\n行", "两 行"),
        (lambda text: read_text(text, 9), "#DIV/0!", Wrong("error_cell")),
        (lambda text: read_text(text, 9), "a\x00", Wrong("type")),
        (lambda text: read_text(text, 2), "三个字", Wrong("range")),
        (lambda text: read_code(text, {"低保": "dibao", "1": "one"}), "低 保", "dibao"),
        (lambda text: read_code(text, {"低保": "dibao", "1": "one"}), "１", "one"),
        (lambda text: read_code(text, {"低保": "dibao"}), "#N/A", Wrong("error_cell")),
        (lambda text: read_code(text, {"低保": "dibao"}), "五保", Wrong("code")),
    ],
)  # fmt: skip
def test_other_values(read: Any, cell: str, value: Any) -> None:
    folds = read in (read_int, read_bool) or "１" in cell
    assert read(folded(cell) if folds else cell) == value


def test_every_cause_says_a_form_that_works_or_what_to_do() -> None:
    for kind in FAULTS:
        for field_kind in ("int", "money", "date", "bool", "str", "enum"):
            chinese, english = told(kind, field_kind)
            assert chinese
            assert english.isascii()
