"""ID numbers and names of a chunk: the regular ones checked column-wise, the odd ones read as everywhere else.

The vectorised check only decides "surely a valid 18-character number"; everything else goes through
`servicekit.identity.IdNumber`, so that there is one reading of a number in the whole system.
Source: GB 11643-1999 (weights, check table), see `servicekit.identity`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from servicekit.identity import IdNumber, IdNumberError, normalise_name
from sharing.deliveries.intake.values import ERROR_SCHEMA

MAX_NAME_CHARS = 60

_NUMBER = r"^[0-9]{17}[0-9X]$"
_PLAIN_NAME = r"^[一-鿿·]{1,60}$"  # NFKC and the folding of dots leave these as they are
_CHECKS = "10X98765432"
_EARLIEST_BIRTH = 1880
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


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


def _numbers(raw: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    is_good = _is_regular_and_valid(raw)
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
    frame = raw.alias("raw").to_frame().with_columns(is_regular=pl.col("raw").str.contains(_NUMBER).fill_null(False))
    digits = pl.when("is_regular").then(pl.col("raw").str.slice(0, 17)).cast(pl.Int64, strict=False)
    parts = frame.with_columns(
        high=(digits // 10**11), middle=(digits // 10**5) % 10**6, low=digits % 10**5, birth=(digits // 1000) % 10**8
    )
    year, month, day = pl.col("birth") // 10000, pl.col("birth") // 100 % 100, pl.col("birth") % 100
    is_leap_day = (month == 2) & (day == 29) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last_day = month.replace_strict(dict(enumerate(_DAYS, start=1)), default=0, return_dtype=pl.Int64)
    is_birth_real = (year >= _EARLIEST_BIRTH) & (day >= 1) & ((day <= last_day) | is_leap_day)
    checked = parts.select(
        "raw",
        is_birth_real=is_birth_real.fill_null(False),
        high=pl.col("high").fill_null(0),
        middle=pl.col("middle").fill_null(0),
        low=pl.col("low").fill_null(0),
    )
    high, middle, low = _weighted_sums()
    total = high.gather(checked["high"]) + middle.gather(checked["middle"]) + low.gather(checked["low"])
    expected = pl.Series(list(_CHECKS)).gather(total % 11)
    return frame["is_regular"] & checked["is_birth_real"] & (checked["raw"].str.slice(17) == expected).fill_null(False)


@cache
def _weighted_sums() -> tuple[pl.Series, pl.Series, pl.Series]:
    """Give, for digits 1-6, 7-12 and 13-17 as a number, their weighted sums: three look-ups instead of 17 products."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    tables = []
    for group in (weights[:6], weights[6:12], weights[12:]):
        size = len(group)
        numbers = pl.select(n=pl.int_range(10**size, dtype=pl.Int32))
        digit = [pl.col("n") // 10 ** (size - 1 - i) % 10 * weight for i, weight in enumerate(group)]
        tables.append(numbers.select(s=pl.sum_horizontal(digit).cast(pl.UInt16))["s"])
    return tables[0], tables[1], tables[2]


def _names(raw: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    is_plain = raw.str.contains(_PLAIN_NAME).fill_null(False)
    if is_plain.all():
        return raw, pl.DataFrame(schema=ERROR_SCHEMA)
    odd_rows = (~is_plain).arg_true().cast(pl.UInt32)
    odd = raw.gather(odd_rows)
    folded = {text: normalise_name(text) for text in odd.unique().to_list() if text is not None}
    names = odd.replace_strict(folded, default=None, return_dtype=pl.String)
    is_missing = names.is_null() | (names.str.len_bytes() == 0)
    is_odd = ~is_missing & ((names.str.len_chars() > MAX_NAME_CHARS) | names.str.contains(r"[\x00-\x1f\x7f]"))
    errors = pl.concat(
        pl.DataFrame(
            {"row": odd_rows.filter(mask), "field": ["name"] * int(mask.sum()), "code": [code] * int(mask.sum())},
            schema=ERROR_SCHEMA,
        )
        for mask, code in ((is_missing, "name.missing"), (is_odd, "name.range"))
    )
    kept = names.set(is_missing | is_odd, None)
    return raw.clone().scatter(odd_rows, kept), errors
