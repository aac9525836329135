"""ID numbers and names of a chunk: the regular ones checked column-wise, the odd ones read as everywhere else.

The vectorised check only decides "surely a valid 18-character number"; everything else goes through
`servicekit.identity.IdNumber`, so that there is one reading of a number in the whole system.
Source: GB 11643-1999 (weights, check table), see `servicekit.identity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from intake.values import ERROR_SCHEMA
from intake.written import is_error
from servicekit.identity import PLAIN_NAME, IdNumber, IdNumberError, normalise_name
from servicekit.tokens import NUMBER_BYTES
from sharing.deliveries.intake.tokens import texts

MAX_NAME_CHARS = 60

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.uint16)
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_PLACES = 10 ** np.arange(7, -1, -1, dtype=np.uint32)
_EARLIEST_BIRTH = 1880
_FEW = 4  # cells, as of a record that is pushed singly: reading them costs less than starting on a column
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0])  # there are no months 0 and 13


@dataclass(frozen=True)
class Identities:
    """Normalised ID numbers and names of a chunk (null where rejected), and the errors."""

    number18: pl.Series
    name: pl.Series
    errors: pl.DataFrame


def check_identities(id_no: pl.Series, name: pl.Series) -> Identities:
    """Check and normalise ID numbers (15, 18, 20 or 22 characters) and names of a chunk."""
    number18, number_errors = _numbers(id_no)
    names, name_errors = _names(name)
    return Identities(number18, names, pl.concat([number_errors, name_errors]))


def nobody(rows: int) -> Identities:
    """Give what rows have that are about no person."""
    nothing = pl.Series([None] * rows, dtype=pl.String)
    return Identities(nothing, nothing, pl.DataFrame(schema=ERROR_SCHEMA))


def _numbers(raw: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    is_few = len(raw) <= _FEW
    is_good = pl.repeat(False, len(raw), eager=True) if is_few else _is_regular_and_valid(raw)
    if is_good.all():
        return raw, pl.DataFrame(schema=ERROR_SCHEMA)
    odd_rows = (~is_good).arg_true().cast(pl.UInt32)
    read: list[str | None] = []
    rows: list[int] = []
    codes: list[str] = []
    for row, text in zip(odd_rows.to_list(), raw.gather(odd_rows).to_list(), strict=True):
        try:
            read.append(IdNumber.parse(text).number18)
        except IdNumberError as error:
            read.append(None)
            rows.append(row)
            codes.append(error.code)
    numbers = raw.clone().scatter(odd_rows, pl.Series(read, dtype=pl.String))
    errors = pl.DataFrame({"row": rows, "field": ["id_no"] * len(rows), "code": codes}, schema=ERROR_SCHEMA)
    return numbers, errors


def _is_regular_and_valid(raw: pl.Series) -> pl.Series:
    """Tell which cells are eighteen characters with a real birth date and the right check character."""
    has_size = (raw.str.len_bytes() == NUMBER_BYTES).fill_null(False)
    symbols = texts(raw.filter(has_size)).filled.reshape(-1, NUMBER_BYTES)
    digits = symbols[:, :-1] - ord("0")  # unsigned: what is no digit becomes more than 9
    birth = digits[:, 6:14] @ _PLACES
    year, month, day = birth // 10000, birth // 100 % 100, birth % 100
    is_leap_day = (month == 2) & (day == 29) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last_day = _DAYS[np.minimum(month, len(_DAYS) - 1)]
    is_birth_real = (year >= _EARLIEST_BIRTH) & (day >= 1) & ((day <= last_day) | is_leap_day)
    is_checked = symbols[:, -1] == _CHECKS[digits @ _WEIGHTS % 11]
    is_good = np.zeros(len(raw), dtype=np.bool_)
    is_good[has_size.to_numpy()] = (digits <= 9).all(axis=1) & is_birth_real & is_checked
    return pl.Series(is_good)


def _names(raw: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    is_plain = raw.str.contains(PLAIN_NAME).fill_null(False)
    if is_plain.all():
        return raw, pl.DataFrame(schema=ERROR_SCHEMA)
    odd_rows = (~is_plain).arg_true().cast(pl.UInt32)
    odd = raw.gather(odd_rows)
    folded = {text: normalise_name(text) for text in odd.unique().to_list() if text is not None}
    names = odd.replace_strict(folded, default=None, return_dtype=pl.String)
    is_missing = names.is_null() | (names.str.len_bytes() == 0)
    is_odd = ~is_missing & ((names.str.len_chars() > MAX_NAME_CHARS) | names.str.contains(r"[\x00-\x1f\x7f]"))
    is_broken = odd.is_in([text for text in folded if is_error(text.strip())]).fill_null(False)
    errors = pl.concat(
        pl.DataFrame(
            {"row": odd_rows.filter(mask), "field": ["name"] * int(mask.sum()), "code": [code] * int(mask.sum())},
            schema=ERROR_SCHEMA,
        )
        for mask, code in (
            (is_missing, "name.missing"),
            (is_odd & ~is_broken, "name.range"),
            (is_broken, "name.error_cell"),
        )
    )
    kept = names.set(is_missing | is_odd | is_broken, None)
    return raw.clone().scatter(odd_rows, kept), errors
