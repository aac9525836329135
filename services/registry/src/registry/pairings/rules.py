"""Who may help a household, and what a rotation leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import StaffRole
from registry.terms import Term
from servicekit.areas import is_within


@dataclass(frozen=True)
class Held:
    """A household that somebody helps, from a day on."""

    household_id: str
    village: str
    from_on: date


@dataclass(frozen=True)
class Plan:
    """Who takes over which household, and which households nobody does."""

    moves: Mapping[str, str]
    left: Sequence[Held]


def serves(terms: Iterable[Term], village: str, day: date) -> bool:
    """Tell whether somebody with these terms may help a household of a village on a day."""
    return any(
        term.role is StaffRole.HELPER and term.covers(day) and is_within(village, term.area_code) for term in terms
    )


def left_by(held: Iterable[Held], remaining: Sequence[Term], start: date) -> list[Held]:
    """Give the households that somebody cannot help any more from a day on, with the terms that remain."""
    return [each for each in held if not serves(remaining, each.village, max(each.from_on, start))]


def plan(
    left: Iterable[Held],
    helpers: Mapping[str, Sequence[Term]],
    chosen: Mapping[str, str],
    default: str | None,
    start: date,
) -> Plan:
    """Give each household that is left a successor who may help it: the one chosen for it, else the one for all.

    Args:
        helpers: Terms of each successor, by id.
        chosen: Successor by household.
        start: First day without the former helper; a pairing that begins later goes on from its own day.
    """
    moves: dict[str, str] = {}
    nobody: list[Held] = []
    for each in left:
        successor = chosen.get(each.household_id, default)
        day = max(each.from_on, start)
        if successor is not None and serves(helpers.get(successor, ()), each.village, day):
            moves[each.household_id] = successor
        else:
            nobody.append(each)
    return Plan(moves, nobody)
