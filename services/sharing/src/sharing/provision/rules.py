"""What a receiver gets of what it asks for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """What of the fields that were asked for is given.

    Attributes:
        given: Asked for, agreed and declared, in the product's order.
        withheld: Asked for and not given: never agreed, or no longer declared.
    """

    given: tuple[str, ...]
    withheld: tuple[str, ...]


def share_of(requested: Sequence[str] | None, granted: Sequence[str]) -> Share:
    """Give requested ∩ granted; of who names no field, all that is granted."""
    if requested is None:
        return Share(tuple(granted), ())
    wanted = dict.fromkeys(requested)
    return Share(
        tuple(name for name in granted if name in wanted), tuple(name for name in wanted if name not in granted)
    )
