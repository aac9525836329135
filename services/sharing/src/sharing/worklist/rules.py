"""What may be decided about a row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["name_differs", "contradicts", "unmatched", "unchecked", "deceased"]
Decision = Literal["same_person", "other_person", "not_covered", "wrong_data", "withdrawn", "checked", "alive"]
State = Literal[
    "open", "same_person", "other_person", "not_covered", "wrong_data", "withdrawn", "checked", "alive", "moot"
]  # fmt: skip

# Where a rule reads no delivery, only the register.
REGISTER: Final = "register"

# What a delivered row is told of the register: whether a number is in it, and under that name.
ANSWERS: Final = ("name_differs", "unmatched")

# Whose rows are listed in bounds, so that the list is no look-up: they tell something of a number and a name.
BOUNDED: Final = (*ANSWERS, "deceased")

ALLOWED: Final[Mapping[str, tuple[Decision, ...]]] = {
    "name_differs": ("same_person", "other_person", "wrong_data", "withdrawn"),
    "contradicts": ("wrong_data", "withdrawn"),
    "unmatched": ("not_covered", "wrong_data", "withdrawn"),
    "deceased": ("wrong_data", "withdrawn", "alive"),
    "unchecked": ("checked", "wrong_data", "not_covered"),
}


def roughly(rows: int) -> int:
    """Give a number of rows to the next hundred: who adds a row learns nothing from the sum."""
    return -(-rows // 100) * 100
