"""Nemeses: faults that come from outside the code. Each is a row or more of the table in docs/faults.md.

A module of this package holds nemeses; `ALL` maps their names to instances. The harness calls `strike` while the
month is driven and always `heal` afterwards, also when `strike` failed; both may be called several times in a run.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from faults.arena import Arena

Bus = Literal["embedded", "kafka"]


class Nemesis(Protocol):
    """One kind of fault.

    Attributes:
        name: As on the command line: `postgres-kill`.
        rows: Rows of the fault table that it exercises.
        buses: Buses on which it makes sense.
        links: Connections that must lead through a proxy for it; see `Arena.links`.
        damages: Promises that it cannot leave whole by design, e.g. `dlq` for planted poison; empty for most.
    """

    name: str
    rows: tuple[int, ...]
    buses: tuple[Bus, ...]
    links: tuple[str, ...]
    damages: tuple[str, ...]

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Do it, for a few seconds at most; every choice is drawn from `rng`, so that a seed repeats it."""
        ...

    async def heal(self, arena: Arena) -> None:
        """Undo what is left of it; does nothing where nothing is left."""
        ...
