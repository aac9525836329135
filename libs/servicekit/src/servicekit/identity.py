"""Citizen numbers and names, as every service must read them.

Source: GB 11643-1999 (18 digits: area 6, birth date 8, sequence 3, check 1; weights and check table
below); the 15-digit predecessor lacks century and check; a disability certificate (20 or 22) starts
with the citizen number. The area part is never checked: it names the place of first registration.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts.id_numbers import check_digit as check_digit
from servicekit.characters import FOLDS, INVISIBLE

_EARLIEST_BIRTH = date(1880, 1, 1)

PLAIN_NAME = r"^[一-鿿]{1,60}$"
"""What most names are: folding leaves them as they are."""
_PLAIN = re.compile(r"[一-鿿]{1,60}\Z")
# Between the parts of a name that was transcribed: written in many ways, or not at all.
_DOTS = dict.fromkeys(map(ord, "·•・․.。‧●⋅∙ᆞㆍ᛫⸰⸱⸳ꞏ"), "")
_FOLDS_AND_DOTS = FOLDS | _DOTS
# Eighteen digits that went through a cell of numbers: scientific, or with decimals.
_NUMERIC = re.compile(r"^[0-9]+(?:\.[0-9]*)?E\+?[0-9]+$|^[0-9]{16,}\.[0-9]*$")
_OLD_AS_DECIMAL = re.compile(r"^([0-9]{15})\.0*$")  # fifteen digits survive a cell of numbers
_FOLDED = re.compile(r"[0-9]{17}[0-9X]\Z")  # what most numbers are: folding leaves them as they are
_BETWEEN = re.compile("(?<=[0-9])[-‐‑–—−](?=[0-9X×Х])")  # what people part a number with
_LIKE_X = ("×", "✕", "Х")  # a sign of multiplication, a Cyrillic letter
_NO_NUMBER = re.compile(r"^(?:无|暂无|没有|不详|未知|未办|NULL|NONE|NAN|NIL|N/?A|[-—–_/.…]+)$")
_ERROR_CELL = re.compile(r"^#[A-Z0-9/]+[!?]?$")

_MOBILE = re.compile(r"^1[0-9]{10}$")

IdNumberFault = Literal[
    "id_no.missing", "id_no.length", "id_no.characters", "id_no.checksum", "id_no.birth_date", "id_no.numeric",
    "id_no.truncated", "id_no.error_cell", "id_no.masked", "id_no.placeholder",
]  # fmt: skip

MESSAGES: dict[str, tuple[str, str]] = {
    "id_no.missing": ("证件号码为空", "the ID number is missing"),
    "id_no.length": (
        "证件号码位数不对,应为18位(或15、20、22位)",
        "the ID number must have 18 (or 15, 20, 22) characters",
    ),
    "id_no.characters": ("证件号码含有非法字符", "the ID number contains characters it cannot have"),
    "id_no.checksum": ("证件号码校验位错误,请核对", "the ID number's check digit is wrong"),
    "id_no.birth_date": ("证件号码中的出生日期不存在", "the birth date inside the ID number does not exist"),
    "id_no.numeric": (
        "证件号码被存成了数字(如 6.12E+17),表格软件只保留15位,后几位已丢失;请把该列设为“文本”格式,再从原始资料重新填写",
        "the ID number was stored as a number, which keeps 15 digits only; make the column text and fill it in again",
    ),
    "id_no.truncated": (
        "证件号码像是被表格软件截断(只剩前15位,或末三位变成000);请把该列设为“文本”格式,再从原始资料重新填写18位号码",
        "the ID number seems cut off after 15 digits (or ends in 000 since); fill in all 18 digits as text",
    ),
    "id_no.error_cell": (
        "证件号码单元格是错误值(如 #N/A)、没有保存计算结果的公式,或在合并单元格下另有内容,请改填号码本身",
        (
            "the cell of the ID number holds an error, an uncomputed formula, or another value below a merged cell;"
            " fill in the number itself"
        ),
    ),
    "id_no.masked": (
        "证件号码被遮盖(含 * 号);请填写完整的号码",
        "the ID number is masked with asterisks; fill in the whole number",
    ),
    "id_no.placeholder": (
        "证件号码写的是“无”“-”之类的占位符;请填写号码,确实没有号码的留空",
        "something that stands for none is in the place of the ID number; fill in the number, or leave it empty",
    ),
}


class IdNumberError(ValueError):
    """The text is not a citizen number. `code` says why; the message never repeats the text."""

    def __init__(self, code: IdNumberFault) -> None:
        super().__init__(MESSAGES[code][1])
        self.code: IdNumberFault = code
        self.title = MESSAGES[code][0]


@dataclass(frozen=True)
class IdNumber:
    """A valid citizen number.

    Attributes:
        number18: Eighteen characters, upper-case X.
        birth_date: Birth date inside the number.
        sex: "1" male (odd sequence), "2" female.
    """

    number18: str
    birth_date: date
    sex: str

    def __repr__(self) -> str:
        return "IdNumber(...)"  # never in a log or a traceback

    @classmethod
    def parse(cls, raw: str | None) -> IdNumber:
        """Read a citizen number from what a department sends: NFKC, trimmed, upper-cased; 15, 18, 20 or 22 characters.

        Raises:
            IdNumberError: with a stable `code`.
        """
        text = normalise_id_no(raw)
        if not text:
            raise IdNumberError("id_no.missing")
        if _ERROR_CELL.match(text):
            raise IdNumberError("id_no.error_cell")
        if _NO_NUMBER.match(text):
            raise IdNumberError("id_no.placeholder")
        if "*" in text:
            raise IdNumberError("id_no.masked")
        if _NUMERIC.match(text):
            raise IdNumberError("id_no.numeric")
        if len(text) in (20, 22):
            text = text[:18]
        if len(text) not in (15, 18):
            raise IdNumberError("id_no.length")
        body = text if len(text) == 15 else text[:17]
        if not (body.isascii() and body.isdigit()):
            raise IdNumberError("id_no.characters")
        if len(text) == 15:
            if _is_birth_date(text[6:14]):
                raise IdNumberError("id_no.truncated")  # an old number with that inside is of somebody over a hundred
            first_17 = text[:6] + "19" + text[6:]
            text = first_17 + check_digit(first_17)
        elif text[17] not in "0123456789X":
            raise IdNumberError("id_no.characters")
        try:
            birth_date = date.fromisoformat(text[6:14])
        except ValueError as error:
            raise IdNumberError("id_no.birth_date") from error
        if birth_date < _EARLIEST_BIRTH:
            raise IdNumberError("id_no.birth_date")
        if check_digit(text[:17]) != text[17]:
            raise IdNumberError("id_no.truncated" if text.endswith("000") else "id_no.checksum")
        return cls(number18=text, birth_date=birth_date, sex="1" if int(text[16]) % 2 else "2")


def _is_birth_date(digits: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(digits).year < 2100
    except ValueError:
        return False


def normalise_id_no(raw: str | None) -> str:
    """Fold full-width digits and letters, drop what cannot be seen and what made a spreadsheet take it for text."""
    if raw is None:
        return ""
    if _FOLDED.match(raw):
        return raw
    text = "".join(unicodedata.normalize("NFKC", raw.translate(INVISIBLE)).split()).upper()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    text = _BETWEEN.sub("", text.strip("'‘’`\"“”"))
    if text.endswith(_LIKE_X) and len(text) == 18:
        text = text[:17] + "X"
    old = _OLD_AS_DECIMAL.match(text)
    return old[1] if old else text


def normalise_name(raw: str) -> str:
    """Fold the ways in which the same name is written: invisible characters, width, spaces and middle dots.

    Folding a folded name changes nothing.
    """
    if _PLAIN.match(raw):
        return raw
    text = "".join(unicodedata.normalize("NFKC", raw.translate(FOLDS)).translate(_FOLDS_AND_DOTS).split())
    # NFKC turns a free-standing accent into a space and a combining one; without the space it joins the letter before.
    return unicodedata.normalize("NFC", text)


def mask_name(name: str) -> str:
    """Show the family name only: 张** ; a one-character name shows nothing."""
    return name[:1] + "*" * max(len(name) - 1, 1) if len(name) > 1 else "*"


def mask_id_no(number18: str) -> str:
    """Show the first six characters: beside the year of birth and the sex some 180,000 numbers remain."""
    return number18[:6] + "*" * (len(number18) - 6)


def mask_phone(phone: str) -> str:
    """Show the first three and the last four digits of a mobile number, nothing of another: its area code is known."""
    return phone[:3] + "****" + phone[-4:] if _MOBILE.match(phone) else "*" * len(phone)
