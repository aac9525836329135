"""Citizen numbers: the generator's and the oracle's readings agree with the standard and with each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu_county.numbers import NumberOffice, check_digit, fifteen_digits
from bangfu_county.oracle.values import Rejected, citizen_number, last_character

VECTORS = ["11010519491231002X", "440524188001010014", "34052419800101001X"]
DAYS = st.dates(date(1900, 1, 1), date(2026, 10, 31))


def code_of(text: str) -> str:
    with pytest.raises(Rejected) as caught:
        citizen_number(text)
    return caught.value.code


@pytest.mark.parametrize("number", VECTORS)
def test_published_vectors_pass_both_implementations(number: str) -> None:
    """Source: GB 11643-1999, examples of the standard and of its commentary."""
    assert citizen_number(number) == number
    assert check_digit(number[:17]) == last_character(number[:17]) == number[17]


@given(DAYS, st.sampled_from("12"))
def test_issued_numbers_are_valid_and_carry_birth_date_and_sex(born: date, sex: str) -> None:
    number = NumberOffice().issue(born, sex)
    assert citizen_number(number) == number
    assert number.startswith("99")
    assert number[6:14] == f"{born:%Y%m%d}"
    assert int(number[16]) % 2 == (sex == "1")


@given(DAYS, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(born: date, place: int, shift: int) -> None:
    number = NumberOffice().issue(born, "1")
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert code_of(wrong) in ("id_no.checksum", "id_no.birth_date")


@given(DAYS, st.integers(0, 15))
def test_exchanged_neighbours_are_noticed(born: date, place: int) -> None:
    number = NumberOffice().issue(born, "2")
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        assert code_of(swapped) in ("id_no.checksum", "id_no.birth_date")


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)))
def test_fifteen_digits_lead_back_to_the_same_person(born: date) -> None:
    number = NumberOffice().issue(born, "2")
    assert citizen_number(fifteen_digits(number)) == number


@given(st.text(max_size=24))
def test_any_text_is_a_number_or_has_a_reason(text: str) -> None:
    try:
        number = citizen_number(text)
    except Rejected as verdict:
        assert verdict.code.startswith("id_no.")
    else:
        assert len(number) == 18


def test_a_thousand_people_born_on_one_day_get_different_numbers() -> None:
    office, day = NumberOffice(), date(1980, 5, 1)
    numbers = [office.issue(day, "12"[n % 2]) for n in range(6000)]
    assert len(set(numbers)) == 6000
    with pytest.raises(OverflowError):
        office.issue(day, "1")
    assert office.issue(day + timedelta(days=1), "1") not in numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("34052419800101001x", "34052419800101001X"),
        ("34052419800101001X", "34052419800101001X"),
        ("\u3000 11010519491231002X ", "11010519491231002X"),
        ("11010519491231002X43", "11010519491231002X"),
        ("11010519491231002X43B1", "11010519491231002X"),
    ],
)
def test_spellings_of_clerks_are_normalised(text: str, expected: str) -> None:
    assert citizen_number(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id_no.missing"),
        ("   ", "id_no.missing"),
        ("1101051949123100", "id_no.length"),
        ("1101051949123100AX", "id_no.characters"),
        ("11010519491231002Y", "id_no.characters"),
        ("110105491231O02", "id_no.characters"),
        ("110105194913310025", "id_no.birth_date"),
        ("110105194912310021", "id_no.checksum"),
    ],
)
def test_wrong_numbers_say_why(text: str, code: str) -> None:
    assert code_of(text) == code
