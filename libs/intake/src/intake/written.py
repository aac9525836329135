"""How people and spreadsheets write a value, read into the value. Pure; one cell at a time.

Nothing is guessed: what may mean two things is a `Wrong` that says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeVar

from servicekit.characters import INVISIBLE

Months = Literal["first", "last"]
Value = TypeVar("Value")

CLEAR: Final = "清空"
"""What a cell of an update says to empty a field: an empty cell says nothing."""
MERGED: Final = "\x1f"
"""What the child puts before the value of a merged cell, in each of its cells but the first."""
COVERED: Final = "#COVERED!"
"""What the child gives for a cell that holds another value than the merged cell that hides it."""
NOT_TEXT: Final = "E+0"
"""What follows the digits of a JSON number where text was due: they may be rounded already."""

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)

BOOLEANS: Final = {
    "是": True, "true": True, "1": True, "1.0": True, "yes": True, "y": True, "t": True, "√": True, "✓": True,
    "否": False, "false": False, "0": False, "0.0": False, "no": False, "n": False, "f": False, "×": False, "✗": False,
}  # fmt: skip

# How many yuan a unit is, and what else people write it as.
UNITS: Final = {
    "元": Decimal(1), "人民币元": Decimal(1), "圆": Decimal(1), "块": Decimal(1), "千元": Decimal(1000),
    "千": Decimal(1000), "万元": Decimal(10_000), "万": Decimal(10_000), "亿元": Decimal(10**8), "亿": Decimal(10**8),
    "百元": Decimal(100), "角": Decimal("0.1"), "分": Decimal("0.01"), "rmb": Decimal(1), "cny": Decimal(1),
    "人民币": Decimal(1), "¥": Decimal(1), "元整": Decimal(1), "元人民币": Decimal(1),
}  # fmt: skip

# What systems and people put where there is nothing: whether it is none, zero or unknown, only they know.
_NOTHING = re.compile(r"^(?:null|none|nan|nat|nil|n/?a|\\n|[-—–_/\\*.…]{1,6})$", re.IGNORECASE)
_NO_VALUE = frozenset({"无", "暂无", "没有", "不详", "未知", "空"})

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ERROR = re.compile(
    r"^(?:#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|PYTHON!"
    r"|COVERED!|GETTING_DATA|名称\?|值!|引用!|数值!|空!|未计算)|#{2,}|(?:Err|错误):[0-9]{3})$",
    re.IGNORECASE,
)
_DAY = re.compile(r"^([12][0-9]{3})([-/.年])([0-9]{1,2})([-/.月])([0-9]{1,2})[日号]?$")
_COMPACT = re.compile(r"^[12][0-9]{7}(?:[01][0-9]|2[0-3])?(?:[0-5][0-9]){0,2}$")  # perhaps with the time after it
_TIME = re.compile(r"[T\s]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.0+)?)?$")
_MONTH = re.compile(r"^([12][0-9]{3})(?:[-/.年]([0-9]{1,2})月?|([0-9]{2}))$")
_YEAR = re.compile(r"^[12][0-9]{3}(?:\.0+)?年?$")
_SHORT = re.compile(r"^[0-9]{1,2}([-/.年])[0-9]{1,2}([-/.月])(?:[0-9]{2}|[0-9]{4})日?$")
_SERIAL = re.compile(r"^([1-9][0-9]{4})(?:\.[0-9]+)?$")
# Serial numbers that a month might look like (`20261` as January 2026, `199512`): refused instead of read.
_UNCLEAR_SERIALS = range(19_000, 21_000)
_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet, for every date after its fictitious 1900-02-29

_WHOLE = re.compile(r"^[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?$")
_COUNTED = re.compile(r"(?:年度?|岁|人|个|次|天|日|个月|月|户|年级|级|名)$")
_NUMERALS = {text: str(number) for number, text in enumerate("一二三四五六七八九十", start=1)}
_PLAIN = re.compile(r"^\+?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?$|^\+?\.[0-9]+$")
_NEGATIVE = re.compile(r"^(?:-[0-9][0-9,]*(?:\.[0-9]*)?|\([0-9][0-9,]*(?:\.[0-9]*)?\))$")
_SCIENTIFIC = re.compile(r"^[+-]?[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+$")
_DIGITS = re.compile(r"^[+-]?[0-9.,\s]+$")
_BEFORE = re.compile(r"^(?:人民币|rmb|cny|[¥$])\s*", re.IGNORECASE)
_AFTER = re.compile(r"\s*(元人民币|人民币元|元整|元|圆|块|千元|千|万元|万|亿元|亿|百元|角|分|rmb|cny)$", re.IGNORECASE)
_MOST = Decimal(10) ** 12


class Wrong(NamedTuple):
    """Why a cell cannot be read: one of `intake.faults.FAULTS`."""

    kind: str


def folded(text: str) -> str:
    """Give the plain form of what may be written full width, with invisible characters or blanks around it."""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).strip().removeprefix(MERGED).strip()


def is_error(text: str) -> bool:
    """Tell whether a cell holds an error of a spreadsheet, or a formula whose result was never stored."""
    return bool(_ERROR.match(text))


def is_nothing(text: str) -> bool:
    """Tell whether a text stands for none, which may mean several things: an empty cell is what says nothing."""
    return bool(_NOTHING.match(text))


def explained(found: Value | Wrong, text: str) -> Value | Wrong:
    """Name what stands for none as the cause why a cell that is no text cannot be read."""
    is_unread = isinstance(found, Wrong) and found.kind in ("type", "code", "grouping", "ambiguous")
    return Wrong("placeholder") if is_unread and (is_nothing(text) or text in _NO_VALUE) else found


def read_text(text: str, longest: int) -> str | Wrong:
    """Read plain text as it was written: without blanks around it, a line break within it as a blank."""
    plain = " ".join(text.translate(INVISIBLE).removeprefix(MERGED).split("\n"))
    plain = plain.replace("\r", " ").replace("\t", " ").strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1]
    plain = plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == "'" else plain.removeprefix("'")
    if is_error(plain):
        return Wrong("error_cell")
    if is_nothing(plain):
        return Wrong("placeholder")
    if plain.lower() in ("true", "false"):
        return Wrong("type")
    if len(plain) > longest:
        return Wrong("range")
    return Wrong("type") if _CONTROL.search(plain) else plain


def read_date(text: str, months: Months | None = None) -> date | Wrong:
    """Read a day.

    Args:
        text: As `folded` gives it.
        months: Which day of a month stands for it, where the field allows a month alone.
    """
    if is_error(text):
        return Wrong("error_cell")
    text = re.sub(r"\s*([-/.年月日号])\s*", r"\1", _TIME.sub("", text)).strip()
    match = _DAY.match(text)
    if match and (match[2] == match[4] or (match[2], match[4]) == ("年", "月")):
        return _day(int(match[1]), int(match[3]), int(match[5]))
    if _COMPACT.match(text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:8]))
    match = _SERIAL.match(text)
    if match:
        serial = int(match[1])
        return Wrong("ambiguous") if serial in _UNCLEAR_SERIALS else _within(_EPOCH + timedelta(days=serial))
    if _YEAR.match(text):
        return Wrong("year_only")
    match = _MONTH.match(text)
    if match:
        month = int(match[2] or match[3])
        if not 1 <= month <= 12:
            return Wrong("no_date")
        if months is None or (match[2] == "1" and "." in text):  # 2021.1 may be what is left of 2021.10
            return Wrong("ambiguous" if months else "month_only")
        first = date(int(match[1]), month, 1)
        return _within(first if months == "first" else _last_of(first))
    return Wrong("ambiguous" if _SHORT.match(text) else "type")


def _day(year: int, month: int, day: int) -> date | Wrong:
    try:
        return _within(date(year, month, day))
    except ValueError:
        return Wrong("no_date")


def _within(day: date) -> date | Wrong:
    return day if EARLIEST <= day <= LATEST else Wrong("range")


def _last_of(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def read_money(text: str) -> Decimal | Wrong:
    """Read an amount in yuan; `text` as `folded` gives it, perhaps with its unit and that of its column after it."""
    if is_error(text):
        return Wrong("error_cell")
    rest, unit = _BEFORE.sub("", text), ""
    if text.startswith("#"):
        return Wrong("error_cell")  # with the unit of its column
    signs = text[: len(text) - len(rest)].strip().lower()
    while match := _AFTER.search(rest):
        found = match[1].lower()
        if unit and UNITS[found] != UNITS[unit]:
            return Wrong("unit")
        rest, unit = rest[: match.start()], unit or found
    if signs == "$" or (signs and unit and UNITS[unit] != 1 and not unit.startswith(("万", "千", "亿", "百"))):
        return Wrong("unit")
    if _SCIENTIFIC.match(rest):
        return Wrong("scientific")
    if _NEGATIVE.match(rest):
        return Wrong("range")
    if not _PLAIN.match(rest):
        return Wrong("grouping" if _DIGITS.match(rest) else "type")
    amount = Decimal(rest.replace(",", "")) * UNITS[unit or "元"]
    if amount >= _MOST:
        return Wrong("range")
    exact = amount.quantize(Decimal("0.01"))
    return exact if exact == amount else Wrong("decimals")


def read_int(text: str) -> int | Wrong:
    """Read a whole number; what it counts may follow it (`2026年`, `3人`)."""
    if is_error(text):
        return Wrong("error_cell")
    number = _COUNTED.sub("", text).strip()
    number = _NUMERALS.get(number, number)
    if not _WHOLE.match(number):
        return Wrong("scientific" if _SCIENTIFIC.match(number) else "type")
    whole = int(number.partition(".")[0].replace(",", ""))
    return whole if -(2**31) <= whole < 2**31 else Wrong("range")


def read_bool(text: str) -> bool | Wrong:
    """Read yes or no."""
    found = BOOLEANS.get(text.lower())
    return found if found is not None else Wrong("error_cell" if is_error(text) else "type")


def read_code(text: str, codes: Mapping[str, str]) -> str | Wrong:
    """Read a code, or the label that stands for it; `codes` has both."""
    plain = "".join(text.split())
    found = codes.get(text) or codes.get(plain) or codes.get(plain.removesuffix(".0"))
    return found or Wrong("error_cell" if is_error(text) else "code")
