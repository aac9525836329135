"""Which areas an agreement reaches once areas were merged, split or renumbered. Pure.

An agreement follows its area as far as it reaches nobody new: into an area that is made of nothing but what was
agreed. Where others live too, in a village that was there before or that also took in another one, it ends for the
area: what is wider is agreed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from servicekit.areas import is_within


@dataclass(frozen=True)
class KnownArea:
    """An area as the register announced it last.

    Attributes:
        valid_to: Its last day; None while it is there.
        successors: Where its households went.
    """

    code: str
    valid_from: date
    valid_to: date | None = None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What an agreement covers today.

    Attributes:
        areas: Agreed ones, and those that followed them.
        lapsed: Areas that took over from agreed ones and are not covered: others live there too.
    """

    areas: tuple[str, ...]
    lapsed: tuple[str, ...] = ()


def reach_of(agreed: Iterable[str], known: Mapping[str, KnownArea]) -> Reach:
    """Give what agreed areas cover today.

    Args:
        known: Areas that ended and their successors, by code.
    """
    areas = list(dict.fromkeys(agreed))
    predecessors: dict[str, list[KnownArea]] = {}
    for area in known.values():
        for successor in area.successors:
            predecessors.setdefault(successor, []).append(area)
    ended = [area for area in known.values() if area.successors]

    def covers(code: str) -> bool:
        return any(is_within(code, root) for root in areas)

    lapsed: dict[str, None] = {}
    is_growing = True
    while is_growing:
        is_growing, lapsed = False, {}
        for area in ended:
            for code in area.successors if covers(area.code) else ():
                if covers(code):
                    continue
                if _is_new(known.get(code), predecessors[code]) and all(
                    covers(each.code) for each in predecessors[code]
                ):
                    areas.append(code)
                    is_growing = True
                else:
                    lapsed[code] = None
    return Reach(tuple(areas), tuple(lapsed))


def _is_new(area: KnownArea | None, predecessors: Iterable[KnownArea]) -> bool:
    """Tell whether an area began when those that went into it ended; of one that is not known yet nothing is said."""
    return area is not None and all(
        each.valid_to is not None and area.valid_from >= each.valid_to for each in predecessors
    )
