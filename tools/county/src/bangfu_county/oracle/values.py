"""Reading single cells, the plain way. A cell that cannot be read raises `Rejected` with the code of the fault."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

_FACTORS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_REMAINDERS = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"]
_DIGITS = set("0123456789")


class Rejected(Exception):  # noqa: N818 - a verdict about a row, not a failure of this program
    """A row that intake must refuse; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(text: str) -> str:
    """Fold full-width characters (NFKC) and trim."""
    return unicodedata.normalize("NFKC", text).strip()


def last_character(first17: str) -> str:
    """The check character of a citizen number. Source: GB 11643-1999."""
    total = 0
    for factor, digit in zip(_FACTORS, first17, strict=True):
        total = total + factor * int(digit)
    return _REMAINDERS[total % 11]


def citizen_number(text: str) -> str:
    """Give the 18 characters of a citizen number, from 15, 18, 20 or 22.

    Raises:
        Rejected: id_no.missing, id_no.length, id_no.characters, id_no.birth_date or id_no.checksum.
    """
    number = clean(text).upper()
    if number == "":
        raise Rejected("id_no.missing")
    if len(number) == 20 or len(number) == 22:
        number = number[:18]
    if len(number) != 15 and len(number) != 18:
        raise Rejected("id_no.length")
    if len(number) == 15:
        if not set(number) <= _DIGITS:
            raise Rejected("id_no.characters")
        number = number[:6] + "19" + number[6:]
        number = number + last_character(number)
    if not set(number[:17]) <= _DIGITS or number[17] not in _DIGITS | {"X"}:
        raise Rejected("id_no.characters")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Rejected("id_no.birth_date") from None
    if last_character(number[:17]) != number[17]:
        raise Rejected("id_no.checksum")
    return number


def person_name(text: str) -> str:
    """Give the name to compare.

    Raises:
        Rejected: name.missing.
    """
    name = clean(text)
    if name == "":
        raise Rejected("name.missing")
    return name


def whole_number(column: str, text: str) -> int:
    """Read an integer; a workbook may show it as 2026.0."""
    text = text.removesuffix(".0")
    if text == "" or not set(text) <= _DIGITS:
        raise Rejected(f"{column}.type")
    return int(text)


def money(column: str, text: str) -> Decimal:
    """Read yuan: not negative, at most two decimals."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Rejected(f"{column}.type") from None
    if not amount.is_finite():
        raise Rejected(f"{column}.type")
    if amount < 0:
        raise Rejected(f"{column}.range")
    if amount != amount.quantize(Decimal("0.01")):
        raise Rejected(f"{column}.decimals")
    return amount


def yes_or_no(column: str, text: str) -> bool:
    """Read 是/否, true/false or 1/0."""
    if text in ("是", "true", "1"):
        return True
    if text in ("否", "false", "0"):
        return False
    raise Rejected(f"{column}.type")


def day(column: str, text: str) -> date:
    """Read 2026-10-31, 2026/10/31, 20261031 or an Excel serial number (five digits)."""
    try:
        if len(text) == 10 and text[4] in "-/" and text[7] == text[4]:
            return date(int(text[:4]), int(text[5:7]), int(text[8:]))
        if len(text) == 8 and set(text) <= _DIGITS:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        serial = text.removesuffix(".0")
        if len(serial) == 5 and set(serial) <= _DIGITS:
            return date(1899, 12, 30) + timedelta(days=int(serial))
    except ValueError:
        pass
    raise Rejected(f"{column}.type")
