"""The oracle's own readers: formats, spellings and faults of single cells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from bangfu_county.oracle.evidence import judge
from bangfu_county.oracle.files import read_rows
from bangfu_county.oracle.values import Rejected, day, money, whole_number, yes_or_no

GOOD = {
    "id_no": "34052419800101001X",
    "name": "李·四",
    "year": "2026",
    "period_to": "2026-10-31",
    "total": "900",
    "basic_paid": "500.00",
    "critical_paid": "0",
    "aid_paid": "0",
    "self_paid_ytd": "400.00",
}


@pytest.mark.parametrize("text", ["2026-10-31", "2026/10/31", "20261031", "46326", "46326.0"])
def test_dates_of_every_kind_mean_the_same_day(text: str) -> None:
    assert day("as_of", text) == date(2026, 10, 31)


@pytest.mark.parametrize("text", ["2026-13-01", "20261301", "长期", "10/31/2026", "2026-10/31", ""])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(Rejected, match=r"as_of\.type"):
        day("as_of", text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("12.345", "x.decimals"), ("-1", "x.range"), ("五千", "x.type"), ("NaN", "x.type"), ("1,0", "x.type")],
)
def test_amounts_are_plain_yuan_with_two_decimals(text: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        money("x", text)
    assert caught.value.code == code
    assert money("x", "12.30") == Decimal("12.3")


def test_whole_numbers_and_booleans() -> None:
    assert whole_number("year", "2026.0") == 2026
    assert [yes_or_no("b", text) for text in ("是", "true", "1", "否", "false", "0")] == [True] * 3 + [False] * 3
    with pytest.raises(Rejected):
        whole_number("year", "二〇二六")
    with pytest.raises(Rejected):
        yes_or_no("b", "有")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "name.missing"),
        ({"total": ""}, "total.missing"),
        ({"self_paid_ytd": "900.01"}, "row.check"),
        ({"id_no": "340524198001010011"}, "id_no.checksum"),
        ({"as_of": "昨天"}, "as_of.type"),
    ],
)
def test_a_row_is_refused_for_its_first_fault(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Rejected) as caught:
        judge("DS-MED-COST", {**GOOD, **changes})
    assert caught.value.code == code


def test_a_good_row_has_values_and_optional_cells_may_be_missing() -> None:
    row = judge("DS-MED-COST", dict(GOOD))
    assert row["self_paid_ytd"] == Decimal(400)
    assert row["outpatient_self_paid_month"] is None


def test_a_row_without_shape_is_refused() -> None:
    with pytest.raises(Rejected, match=r"row\.shape"):
        judge("DS-MED-COST", None)


def test_csv_is_read_in_gbk_and_utf8_and_misshapen_rows_stand_out(tmp_path: Path) -> None:
    text = (
        '证件号码,姓名,救助日期\r\n1,张三,2026-10-01\r\n2,李四\r\n\r\n3,王五,2026-10-02,多余\r\n4,"赵六,2026-10-03\r\n'
    )
    for charset in ("gbk", "utf-8-sig", "utf-8"):
        path = tmp_path / f"{charset}.csv"
        path.write_bytes(text.encode(charset))
        rows = list(read_rows(path))
        assert rows == [{"id_no": "1", "name": "张三", "granted_on": "2026-10-01"}, None, None, None]


def test_workbook_numbers_have_fifteen_digits_and_dates_are_serials(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "金额", "救助日期"])
        sheet.write_string(1, 0, "张三")
        sheet.write_number(1, 1, 80.85)
        sheet.write_datetime(1, 2, date(2026, 10, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string(2, 0, "李四")
    assert list(read_rows(path)) == [
        {"name": "张三", "amount": "80.85", "granted_on": "46326"},
        {"name": "李四", "amount": "", "granted_on": ""},
    ]


def test_unknown_formats_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    with pytest.raises(ValueError, match="unknown format"):
        list(read_rows(path))
