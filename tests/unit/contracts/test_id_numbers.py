"""The one detector of citizen numbers: every way in which people write them, and nothing else."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.id_numbers import REDACTED, carries_id_number, check_digit, without_id_numbers

NUMBER = "990101199001010019"
WITH_X = "11010519491231002X"  # published with the standard
OLD = "990101900101001"
FULL_WIDTH = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"}

numbers = st.builds(
    lambda day, rest: (first := f"990101{day:%Y%m%d}{rest:03d}") + check_digit(first),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
)
words = st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="\x00xXⅩⅹХхΧχ×ＸｘX"), max_size=12)


@pytest.mark.parametrize("number", [NUMBER, WITH_X, WITH_X.lower(), OLD])
@pytest.mark.parametrize(
    "written",
    [
        "{}", "身份证{}号", "id{}x", "张三({})", "a=1&b={}", "13800138000，{}", "编号 {} 与 990101101201",
    ],
)  # fmt: skip
def test_a_number_is_found_whatever_stands_around_it(number: str, written: str) -> None:
    text = written.format(number)
    assert carries_id_number(text)
    masked = without_id_numbers(text)
    assert number not in masked
    assert REDACTED in masked


@pytest.mark.parametrize(
    "written",
    [
        WITH_X.translate(FULL_WIDTH),
        f"{WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]}",
        f"{WITH_X[:6]}-{WITH_X[6:14]}-{WITH_X[14:]}",
        " ".join(WITH_X),
        "\u200b".join(WITH_X),
        "·".join(WITH_X),
        WITH_X[:-1] + "Х",
        WITH_X[:-1] + "×",
        f"{WITH_X[:6]}\n{WITH_X[6:]}",
        f"{NUMBER}1234",  # a disability certificate begins with the number
        f"00{NUMBER}",
        f"{OLD[:6]} {OLD[6:12]} {OLD[12:]}",
    ],
)
def test_grouped_full_width_and_look_alike_forms_are_found(written: str) -> None:
    assert carries_id_number(written)
    assert not carries_id_number(without_id_numbers(written))


@given(numbers, words, words)
def test_every_number_is_found_and_masked_in_any_text(number: str, before: str, after: str) -> None:
    text = f"{before}{number}{after}"
    assert carries_id_number(text)
    assert number not in without_id_numbers(text)


@given(st.uuids() | st.dates() | st.integers(0, 10**14 - 1) | st.decimals(0, 10**9, places=2))
def test_ids_dates_and_amounts_are_left_alone(value: UUID | object) -> None:
    assert without_id_numbers(str(value)) == str(value)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"),  # the check digit is wrong
        "990101199013010019",  # a thirteenth month
        "6222021234567890123",  # a bank card
        "2026-11-30 02:41:08.123456",
        "R-DS-MED-COST-202610-000000042",
        "990101101201",
        "1" * 30,
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not carries_id_number(text)
    assert without_id_numbers(text) == text


def test_numberings_may_look_like_the_old_form() -> None:
    """A village's code and three digits are fifteen digits whose middle may read as a date."""
    assert carries_id_number("990101101201001")
    assert not carries_id_number("990101101201001", old_form=False)
    assert carries_id_number(NUMBER, old_form=False)
