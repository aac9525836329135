"""Citizen numbers in texts where none belongs: the one detector of all doors. Pure.

Source: GB 11643-1999 (18 characters: area 6, birth date 8, sequence 3, check 1 of ISO 7064 MOD 11-2; before 1999
15 digits without century and check). People write them in groups, full width, or with a look-alike of the X.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from operator import mul

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)  # what the weights add for digits that are characters
_LAST_X = "xX\uff38\uff58\u2169\u2179\u0425\u0445\u03a7\u03c7\u00d7"  # full width, Roman, Cyrillic, Greek, times
# Digits of any script and width, up to three other signs between two of them, no letters.
_CANDIDATE = re.compile(rf"\d(?:[\W_]{{0,3}}\d){{14,}}(?:[\W_]{{0,3}}[{_LAST_X}])?")
# GB/T 2260; 99 is the province of test data, which does not exist.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91|99")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_BIRTH_8 = re.compile(rf"(?:18[89]|19\d|20\d)\d{_DAY}")
_BIRTH_6 = re.compile(rf"\d\d{_DAY}")
_OLD = re.compile(r"(?<!\d)\d{6}[\s\-]?\d{6}[\s\-]?\d{3}(?!\d)")

# Whether a text of ASCII is worth the search: most are not, and some are on every request's way.
_RUN = re.compile(rb"[0-9]{15}")
_SIGNS = bytes(sign for sign in range(128) if not chr(sign).isalnum())

REDACTED = "[redacted]"


def check_digit(first_17: str) -> str:
    """Give the eighteenth character for seventeen digits (GB 11643, ISO 7064 MOD 11-2)."""
    if len(first_17) != len(_WEIGHTS) or not (first_17.isascii() and first_17.isdigit()):
        raise ValueError("a check digit belongs to seventeen digits")
    return _CHECKS[(sum(map(mul, first_17.encode(), _WEIGHTS)) - _ZEROS) % 11]


def carries_id_number(text: str, *, old_form: bool = True) -> bool:
    """Tell whether a text holds a citizen number, in whatever width and grouping.

    Args:
        old_form: Also look for numbers of 15 digits. They have no check digit, so that numberings (of households, say)
            may look like them: no for those.
    """
    return next(_spans(text, old_form=old_form), None) is not None


def without_id_numbers(text: str, *, old_form: bool = True) -> str:
    """Give the text with every citizen number in it replaced."""
    parts: list[str] = []
    end = 0
    for start, stop in _spans(text, old_form=old_form):
        parts += (text[end:start], REDACTED)
        end = stop
    return "".join((*parts, text[end:])) if parts else text


def _spans(text: str, *, old_form: bool) -> Iterator[tuple[int, int]]:
    if text.isascii() and _RUN.search(text.encode().translate(None, _SIGNS)) is None:
        return
    for found in _CANDIDATE.finditer(text):
        signs = [
            (_digit(sign), place)
            for place, sign in enumerate(found.group(), start=found.start())
            if sign.isdecimal() or sign in _LAST_X
        ]
        run = "".join(sign for sign, _ in signs)
        is_new = False
        at = 0
        while at + 18 <= len(run):
            if _is_number(run[at : at + 18]):
                yield signs[at][1], signs[at + 17][1] + 1
                is_new = True
                at += 18
            else:
                at += 1
        if old_form and not is_new:
            yield from (old.span() for old in _OLD.finditer(text, *found.span()) if _is_old(old.group()))


def _digit(sign: str) -> str:
    return "X" if sign in _LAST_X else str(unicodedata.decimal(sign))


def _is_number(text: str) -> bool:
    return (
        _PROVINCES.match(text) is not None
        and _BIRTH_8.match(text, 6) is not None
        and check_digit(text[:17]) == text[17]
    )


def _is_old(grouped: str) -> bool:
    text = "".join(str(unicodedata.decimal(sign)) for sign in grouped if sign.isdecimal())
    return _PROVINCES.match(text) is not None and _BIRTH_6.match(text, 6) is not None
