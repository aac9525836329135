"""Shapes of text that every feature's bodies share; pure, so that rules may read the bodies."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from contracts.fields.record import LINE

# As contracts.fields.record.LINE, with the line breaks and tabs of notes.
_NOTE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The hash of a file that is kept, or was made elsewhere."""


def line_text(longest: int, shortest: int = 0) -> StringConstraints:
    """Text of one line, trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=LINE)


def note_text(longest: int, shortest: int = 0) -> StringConstraints:
    """Text that may have several lines, trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=_NOTE)


def words(shortest: int) -> AfterValidator:
    """Text that says something: so many letters, characters or digits, whatever stands between them."""

    def check(text: str) -> str:
        if sum(character.isalnum() for character in text) < shortest:
            raise ValueError(f"say it in words: at least {shortest} letters, characters or digits")
        return text

    return AfterValidator(check)
