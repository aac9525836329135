"""Which figures are hidden from whom no list behind them is for, so that no small count can be worked out. Pure.

Source: counts below five are shown as "<5" in whatever leaves the county [A]. A small count is no secret while its
total and the other parts are read: more is hidden, until somebody who knows every sum, what each mark means and how
cells are chosen still finds more than one number for each small count.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from enum import Enum
from math import inf
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

SPAN: Final = 2
"""How far apart the least and the greatest number must be that a small count may have by what is shown."""


class Mark(Enum):
    """What stands in the place of a figure, and which numbers it may be by that."""

    SMALL = "small"
    """From one up to below the threshold: "<5"."""
    BESIDE = "beside"
    """Not small itself: hidden because a small one could be worked out by it."""
    UNKNOWN = "unknown"
    """Nothing is said of it."""


class Hiding(Generic[K]):
    """A table being hidden step by step; each step hides one more cell, so it ends.

    Args:
        values: Every figure by its place, whole and not negative.
        sums: Totals and their parts: each total is the sum of its parts.
        below: What is smaller is hidden, zero excepted.
        unsaid: Figures that are shown to nobody, and are not to be worked out where they are small.
    """

    def __init__(
        self, values: Mapping[K, int], sums: Sequence[tuple[K, Sequence[K]]], below: int, unsaid: Collection[K] = ()
    ) -> None:
        self._values, self._below, self._unsaid = values, below, frozenset(unsaid)
        self._sums = [(total, tuple(parts)) for total, parts in sums]
        self._marks: dict[K, Mark] = dict.fromkeys(unsaid, Mark.UNKNOWN)
        self._marks |= {key: Mark.SMALL for key in values if self._is_small(key) and key not in self._unsaid}

    def run(self) -> dict[K, Mark]:
        """Give the marks of what is hidden."""
        while exposed := self._exposed():
            wanted = self._next(exposed)
            if wanted is None:
                self._say_nothing_of(exposed)
                break
            self._marks[wanted] = Mark.BESIDE
        return {key: mark for key, mark in self._marks.items() if key not in self._unsaid}

    def _is_small(self, key: K) -> bool:
        return 0 < self._values[key] < self._below

    def _exposed(self) -> list[K]:
        bounds = self._bounds()
        return [
            key for key in self._marks
            if self._is_small(key) and bounds[key][1] - bounds[key][0] < min(SPAN, self._below - 2)
        ]  # fmt: skip

    def _next(self, exposed: Collection[K]) -> K | None:
        """Give the smallest figure that is shown beside an exposed one, the others of its sum before the total."""
        reached = set(exposed)
        while True:
            near = [(total, parts) for total, parts in self._sums if not reached.isdisjoint((total, *parts))]
            for several in ([part for _, parts in near for part in parts], [total for total, _ in near]):
                shown = [key for key in several if key not in self._marks and self._values[key] >= self._below]
                if shown:
                    return min(shown, key=lambda key: (self._values[key], str(key)))
            grown = reached | {key for total, parts in near for key in (total, *parts)}
            if grown == reached:
                return None
            reached = grown

    def _say_nothing_of(self, exposed: Collection[K]) -> None:
        """Hide what hangs together with them altogether, zeros too, and say not even that it is small."""
        reached = set(exposed)
        while True:
            grown = reached.union(*((total, *parts) for total, parts in self._sums
                                    if not reached.isdisjoint((total, *parts))))  # fmt: skip
            if grown == reached:
                break
            reached = grown
        self._marks |= dict.fromkeys(reached, Mark.UNKNOWN)

    def _bounds(self) -> dict[K, tuple[float, float]]:
        """Give the least and the greatest number that each may be, by all that is shown."""
        bounds: dict[K, tuple[float, float]] = {}
        ranges = {Mark.SMALL: (1, self._below - 1), Mark.BESIDE: (self._below, inf), Mark.UNKNOWN: (0, inf)}
        for key, value in self._values.items():
            mark = self._marks.get(key)
            bounds[key] = (value, value) if mark is None else ranges[mark]
        while self._narrow(bounds):
            pass
        return bounds

    def _narrow(self, bounds: dict[K, tuple[float, float]]) -> bool:
        was_narrowed = False
        for total, parts in self._sums:
            if not any(key in self._marks for key in (total, *parts)):
                continue
            for key, (low, high) in [(total, _added(bounds, parts)), *(
                (part, _left(bounds, total, parts, place)) for place, part in enumerate(parts)
            )]:  # fmt: skip
                known = bounds[key]
                closer = (max(known[0], low), min(known[1], high))
                if closer != known:
                    bounds[key], was_narrowed = closer, True
        return was_narrowed


def _added(bounds: Mapping[K, tuple[float, float]], parts: Sequence[K]) -> tuple[float, float]:
    return sum(bounds[part][0] for part in parts), sum(bounds[part][1] for part in parts)


def _left(bounds: Mapping[K, tuple[float, float]], total: K, parts: Sequence[K], place: int) -> tuple[float, float]:
    low, high = _added(bounds, [*parts[:place], *parts[place + 1 :]])
    return bounds[total][0] - high, bounds[total][1] - low
