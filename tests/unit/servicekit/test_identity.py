"""GB 11643 citizen numbers and names."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.identity import (
    IdNumber,
    IdNumberError,
    check_digit,
    mask_id_no,
    mask_name,
    normalise_name,
)

# Published vectors of the standard and of libraries that read it.
VALID = ["11010519491231002X", "440524188001010014", "34052419800101001X"]


@pytest.mark.parametrize("number", VALID)
def test_published_numbers_are_valid(number: str) -> None:
    assert IdNumber.parse(number).number18 == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "id_no.missing"),
        ("   ", "id_no.missing"),
        ("1101051949123100", "id_no.length"),
        ("11010519491231002Y", "id_no.characters"),
        ("1101051949123100AX", "id_no.characters"),
        ("110105194912310021", "id_no.checksum"),
        ("11010519491331002X", "id_no.birth_date"),
        ("110105990229100", "id_no.birth_date"),  # 1999 was no leap year
        ("1.10105194912310E+17", "id_no.numeric"),
        ("9.9e17", "id_no.numeric"),
        ("110105194912310020.0", "id_no.numeric"),
        ("110105194912310000", "id_no.truncated"),
        ("990101198001010", "id_no.truncated"),  # the first fifteen of eighteen
        ("#N/A", "id_no.error_cell"),
        ("#REF!", "id_no.error_cell"),
        ("110105********002X", "id_no.masked"),
        ("110105＊＊＊＊＊＊＊＊002X", "id_no.masked"),
        ("无", "id_no.placeholder"),
        ("——", "id_no.placeholder"),
        ("N/A", "id_no.placeholder"),
    ],
)
def test_what_is_wrong_has_a_code(raw: str | None, code: str) -> None:
    with pytest.raises(IdNumberError) as caught:
        IdNumber.parse(raw)
    assert caught.value.code == code
    assert (raw or "?").strip() not in str(caught.value) or not (raw or "").strip()


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("11010519491231002x", "11010519491231002X"),
        (" 1101 0519 4912 3100 2X ", "11010519491231002X"),
        ("110105-19491231-002X", "11010519491231002X"),
        ("110105－19491231－002x", "11010519491231002X"),
        ("11010519491231002×", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("'11010519491231002X", "11010519491231002X"),
        ("130503670401001", "130503196704010016"),  # the 15-digit predecessor
        ('="11010519491231002X"', "11010519491231002X"),
        ("’11010519491231002X", "11010519491231002X"),
        ("\ufeff11010519491231002\u200bX\u00a0", "11010519491231002X"),
        ("130503670401001.0", "130503196704010016"),
        ("11010519491231002X43", "11010519491231002X"),  # a disability certificate
        ("11010519491231002X43B1", "11010519491231002X"),
    ],
)
def test_the_ways_departments_write_a_number_are_one(raw: str, number: str) -> None:
    assert IdNumber.parse(raw).number18 == number


@given(st.text(alphabet="0123456789", min_size=17, max_size=17))
def test_every_single_digit_error_is_found(first_17: str) -> None:
    """ISO 7064 MOD 11-2 finds all single substitutions."""
    rng = random.Random(first_17)
    place = rng.randrange(17)
    wrong = str((int(first_17[place]) + rng.randrange(1, 10)) % 10)
    assert check_digit(first_17) != check_digit(first_17[:place] + wrong + first_17[place + 1 :])


@given(st.text(max_size=30))
def test_any_text_is_either_a_number_or_an_error_with_a_code(raw: str) -> None:
    try:
        assert len(IdNumber.parse(raw).number18) == 18
    except IdNumberError as error:
        assert error.code.startswith("id_no.")


def test_names_written_differently_are_one() -> None:
    assert normalise_name("买买提 • 艾力") == normalise_name("买买提·艾力") == normalise_name("买买提．艾力")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("张\u200b伟", "张伟"),
        ("张伟\ufeff", "张伟"),
        ("\u200e张伟", "张伟"),
        ("张伟\ufe00", "张伟"),
        ("张\u3164伟\u00ad", "张伟"),
        ("李\ue863", "李䶮"),  # from before the character had its place
        ("王\ue81e", "王\u9fb4"),
        ("⻢超", "马超"),  # a radical, as texts copied from PDF hold it
        ("⾼⻜".replace("⻜", "飞"), "高飞"),
        ("阿依古丽ㆍ买买提", "阿依古丽·买买提"),
        ("阿依古丽∙买买提", "阿依古丽•买买提"),
        ("阿依古丽 买买提", "阿依古丽⋅买买提"),
        ("ＡＬＩＭ．买买提", "ALIM·买买提"),
    ],
)
def test_characters_that_cannot_be_seen_or_stand_for_others_make_no_other_name(written: str, name: str) -> None:
    assert normalise_name(written) == normalise_name(name)
    assert normalise_name(normalise_name(written)) == normalise_name(written)


@given(st.text(max_size=8))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert normalise_name(normalise_name(name)) == normalise_name(name)


def test_masks_hide_most() -> None:
    assert mask_name("欧阳娜娜") == "欧***"
    assert mask_id_no("11010519491231002X") == "110105************"
    assert "11010519491231002X" not in repr(IdNumber.parse("11010519491231002X"))
