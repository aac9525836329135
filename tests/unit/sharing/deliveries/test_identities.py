"""Column-wise reading of ID numbers and names agrees with the one-by-one reading everywhere else."""

from __future__ import annotations

import os
import string

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.written import is_error
from servicekit.identity import IdNumber, IdNumberError, check_digit, normalise_name
from servicekit.tokens import Tokeniser
from sharing.deliveries.intake.identity import check_identities
from sharing.deliveries.intake.tokens import tokens_of

digits = st.text(string.digits, min_size=17, max_size=17)
dated = st.builds(
    lambda area, year, month, day, sequence: f"{area:06d}{year:04d}{month:02d}{day:02d}{sequence:03d}",
    st.integers(0, 999999), st.integers(1870, 2110), st.integers(0, 13), st.integers(0, 32), st.integers(0, 999),
)  # fmt: skip
valid = dated.map(lambda first: first + check_digit(first))
written = st.one_of(
    valid,
    valid.map(str.lower),
    valid.map(lambda number: f" {number[:6]} {number[6:]}\u3000"),
    valid.map(lambda number: "'" + number),
    valid.map(lambda number: number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))),
    valid.map(lambda number: number[:6] + number[8:17]),
    valid.map(lambda number: number + "43"),
    valid.map(lambda number: number + "43B1"),
    dated.map(lambda first: first + "0"),
    digits.map(lambda first: first + "X"),
    digits.map(lambda first: "+" + first[:16] + "0"),
    st.text(max_size=24),
    st.none(),
)
names = st.one_of(
    st.sampled_from(["张伟", "李 娜", "#N/A", "阿依·古丽", "欧阳•建国", "ＡＢ", "豈", "\t", "a\x00b", "长" * 61]),
    st.text(max_size=70),
    st.none(),
)


def read_one(raw: str | None) -> tuple[str | None, str | None]:
    try:
        return IdNumber.parse(raw).number18, None
    except IdNumberError as error:
        return None, error.code


@given(st.lists(st.tuples(written, names), min_size=1, max_size=16))  # few are read singly, more as a column
@settings(max_examples=300, deadline=None)
def test_columns_are_read_as_single_values_are(rows: list[tuple[str | None, str | None]]) -> None:
    """Source: GB 11643-1999; 15-digit predecessors and disability certificates included."""
    raw, name = (pl.Series([row[i] for row in rows], dtype=pl.String) for i in (0, 1))
    found = check_identities(raw, name)
    expected = [read_one(value) for value in raw.to_list()]
    codes = {row: code for row, field, code in found.errors.iter_rows() if field == "id_no"}
    assert [(number, codes.get(row)) for row, number in enumerate(found.number18.to_list())] == expected
    for row, (given_name, kept) in enumerate(zip(name.to_list(), found.name.to_list(), strict=True)):
        folded = normalise_name(given_name or "")
        faults = [code for r, field, code in found.errors.iter_rows() if field == "name" and r == row]
        if not folded:
            assert (kept, faults) == (None, ["name.missing"])
        elif faults:
            assert (kept, faults) == (
                None,
                ["name.error_cell" if is_error((given_name or "").strip()) else "name.range"],
            )
        else:
            assert kept == folded


@given(st.lists(st.tuples(valid, st.text(max_size=40)), max_size=5), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_tokens_of_columns_are_those_of_the_registry(rows: list[tuple[str, str]], skipped: int) -> None:
    """Also of a column that is a part of another one, whose buffers begin elsewhere."""
    tokeniser = Tokeniser(os.urandom(32))
    rows = [(number, normalise_name(name)) for number, name in rows]
    numbers, names = (pl.Series([row[i] for row in rows], dtype=pl.String)[skipped:] for i in (0, 1))
    id_tokens, person_tokens = tokens_of(tokeniser, numbers, names)
    assert id_tokens.to_pylist() == [tokeniser.id_token(number) for number, _ in rows[skipped:]]
    assert person_tokens.to_pylist() == [tokeniser.person_token(number, name) for number, name in rows[skipped:]]


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    """Otherwise registry and sharing could make different tokens of one name."""
    assert normalise_name(normalise_name(name)) == normalise_name(name)
