"""No column of plain text takes a citizen number, and no heading or sheet tells one again."""

from __future__ import annotations

import polars as pl
import pytest

from contracts.errors import FieldError
from contracts.id_numbers import check_digit
from intake.faults import told
from intake.layout import Column, Layout
from intake.tables import plain_text
from intake.values import check_values

FIRST = "99010119900101001"
NUMBER = FIRST + check_digit(FIRST)
FULL_WIDTH = NUMBER.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"})
GROUPED = f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}"
OLD = NUMBER[:6] + NUMBER[8:17]
WRITTEN = [NUMBER, FULL_WIDTH, GROUPED, OLD, NUMBER.lower(), f"学生{NUMBER}号"]
LAYOUT = Layout((Column("school", "学校"), Column("house_ref", "房屋编号"), Column("grade", "年级", kind="int")))


@pytest.mark.parametrize("text", WRITTEN)
def test_plain_text_with_a_number_is_refused(text: str) -> None:
    cells = pl.DataFrame({"school": ["红旗镇中心小学", text, None, f" {text}\n"], "grade": ["1", "2", "3", "4"]})
    checked = check_values(LAYOUT, cells)
    assert checked.errors.rows() == [(1, "school", "school.id_number"), (3, "school", "school.id_number")]
    assert "证件号码" in told("id_number", "str")[0]


def test_what_only_looks_long_is_taken() -> None:
    texts = ["红旗镇中心小学" * 5, "HF990101-000123", "ZM2026-0012-0000000001", "123456789012345678901234567890"]
    checked = check_values(LAYOUT, pl.DataFrame({"school": texts, "house_ref": ["990101901231001"] * 4}))
    assert checked.errors.height == 0
    assert checked.values["school"].to_list() == texts


@pytest.mark.parametrize("text", WRITTEN)
def test_a_heading_is_told_without_its_number(text: str) -> None:
    said = plain_text(f"备注 {text}")
    assert said.startswith("备注")
    assert not any(written in said for written in WRITTEN)


@pytest.mark.parametrize("text", WRITTEN)
def test_an_error_names_no_number_that_was_a_key(text: str) -> None:
    error = FieldError(f"/record/{text}", f"{text}.unknown", f"there is no {text}")
    assert not any(written in str(error) for written in WRITTEN)
    assert FieldError("/members/0/name", "missing", "x").pointer == "/members/0/name"
