"""Cells of files that people open in a spreadsheet. Pure."""

from __future__ import annotations

import re

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def formula_safe(text: str) -> str:
    """Give a cell that a spreadsheet shows and never computes; plain numbers stay as they are.

    Source: OWASP ASVS 5.0, 1.2.10: cells that begin with one of these are prefixed with an apostrophe.
    """
    return "'" + text if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text
