"""What may be decided about a row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["name_differs", "contradicts", "unmatched", "unchecked"]
Decision = Literal["same_person", "other_person", "not_covered", "wrong_data", "withdrawn", "checked"]
State = Literal["open", "same_person", "other_person", "not_covered", "wrong_data", "withdrawn", "checked", "moot"]

# Where a rule reads no delivery, only the register.
REGISTER: Final = "register"

# What a delivered row is told of the register: whether a number is in it, and under that name.
ANSWERS: Final = ("name_differs", "unmatched")

ALLOWED: Final[Mapping[str, tuple[Decision, ...]]] = {
    "name_differs": ("same_person", "other_person", "wrong_data", "withdrawn"),
    "contradicts": ("wrong_data", "withdrawn"),
    "unmatched": ("not_covered", "wrong_data", "withdrawn"),
    "unchecked": ("checked", "wrong_data", "not_covered"),
}


def roughly(rows: int) -> int:
    """Give a number of rows to the next hundred: who adds a row learns nothing from the sum."""
    return -(-rows // 100) * 100
