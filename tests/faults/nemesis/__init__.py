"""Nemeses: faults that come from outside the code. Each is a row or more of the table in docs/faults.md.

A module of this package holds nemeses; `faults.nemesis.catalogue.ALL` maps their names to instances. The harness calls
`strike` while the month is driven and always `heal` afterwards, also when `strike` failed; both may be called several
times in a run.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from faults.arena import Arena

Bus = Literal["embedded", "kafka"]

DATABASE_LINKS = ("registry", "sharing", "alerts", "gateway")


class Nemesis(ABC):
    """One kind of fault.

    Attributes:
        name: As on the command line: `postgres-kill`.
        rows: Rows of the fault table that it exercises.
        buses: Buses on which it makes sense.
        links: Connections that must lead through a proxy for it; see `Arena.links`.
        disks: Folders of the data directory that must be small disks of their own for it; see `Arena.disks`.
    """

    name: str
    rows: tuple[int, ...]
    buses: tuple[Bus, ...] = ("embedded", "kafka")
    links: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    lasts_s: ClassVar[tuple[float, float]] = (0.5, 2.0)

    @abstractmethod
    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Do it, for a few seconds at most; every choice is drawn from `rng`, so that a seed repeats it."""

    async def heal(self, arena: Arena) -> None:  # noqa: B027 - most leave nothing to undo
        """Undo what is left of it; does nothing where nothing is left."""

    def lasting_s(self, rng: random.Random) -> float:
        """How long this strike lasts."""
        return rng.uniform(*self.lasts_s)


def users_of(link: str) -> tuple[str, ...]:
    """The processes that depend on a link; every worker on the bus, none on the subscriber's."""
    if link == "bus":
        return tuple(f"{service}-worker" for service in DATABASE_LINKS)
    return (f"{link}-api", f"{link}-worker") if link in DATABASE_LINKS else ()
