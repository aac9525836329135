"""Citizen numbers and names, as every service must read them.

Source: GB 11643-1999 (18 digits: area 6, birth date 8, sequence 3, check 1; weights and check table
below); the 15-digit predecessor lacks century and check; a disability certificate (20 or 22) starts
with the citizen number. The area part is never checked: it names the place of first registration.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import Literal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)  # what the weights add for digits that are characters
_EARLIEST_BIRTH = date(1880, 1, 1)

IdNumberFault = Literal["id_no.missing", "id_no.length", "id_no.characters", "id_no.checksum", "id_no.birth_date"]

MESSAGES: dict[str, tuple[str, str]] = {
    "id_no.missing": ("证件号码为空", "the ID number is missing"),
    "id_no.length": (
        "证件号码位数不对,应为18位(或15、20、22位)",
        "the ID number must have 18 (or 15, 20, 22) characters",
    ),
    "id_no.characters": ("证件号码含有非法字符", "the ID number contains characters it cannot have"),
    "id_no.checksum": ("证件号码校验位错误,请核对", "the ID number's check digit is wrong"),
    "id_no.birth_date": ("证件号码中的出生日期不存在", "the birth date inside the ID number does not exist"),
}


class IdNumberError(ValueError):
    """The text is not a citizen number. `code` says why; the message never repeats the text."""

    def __init__(self, code: IdNumberFault) -> None:
        super().__init__(MESSAGES[code][1])
        self.code: IdNumberFault = code
        self.title = MESSAGES[code][0]


def check_digit(first_17: str) -> str:
    """Give the eighteenth character for seventeen digits (GB 11643, ISO 7064 MOD 11-2)."""
    if len(first_17) != len(_WEIGHTS) or not (first_17.isascii() and first_17.isdigit()):
        raise ValueError("a check digit belongs to seventeen digits")
    return _CHECKS[(sum(map(mul, first_17.encode(), _WEIGHTS)) - _ZEROS) % 11]


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
        if len(text) in (20, 22):
            text = text[:18]
        if len(text) not in (15, 18):
            raise IdNumberError("id_no.length")
        body = text if len(text) == 15 else text[:17]
        if not (body.isascii() and body.isdigit()):
            raise IdNumberError("id_no.characters")
        if len(text) == 15:
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
            raise IdNumberError("id_no.checksum")
        return cls(number18=text, birth_date=birth_date, sex="1" if int(text[16]) % 2 else "2")


def normalise_id_no(raw: str | None) -> str:
    """Fold full-width digits and letters, drop spaces and a leading apostrophe (Excel), upper-case."""
    if raw is None:
        return ""
    return "".join(unicodedata.normalize("NFKC", raw).split()).lstrip("'").upper()


def normalise_name(raw: str) -> str:
    """Fold the ways in which the same name is written: NFKC, no spaces, one form of the middle dot.

    Folding a folded name changes nothing.
    """
    text = "".join(unicodedata.normalize("NFKC", raw).split())
    # NFKC turns a free-standing accent into a space and a combining one; without the space it joins the letter before.
    text = unicodedata.normalize("NFC", text)
    for dot in ("•", "・", "․", ".", "。", "‧", "●"):
        text = text.replace(dot, "·")
    return text


def mask_name(name: str) -> str:
    """Show the family name only: 张** ; a one-character name shows nothing."""
    return name[:1] + "*" * max(len(name) - 1, 1) if len(name) > 1 else "*"


def mask_id_no(number18: str) -> str:
    """Show at most eight characters: the first six and the last two."""
    return number18[:6] + "*" * (len(number18) - 8) + number18[-2:]


def mask_phone(phone: str) -> str:
    """Show the first three and the last four digits."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 11 else "*" * len(phone)
