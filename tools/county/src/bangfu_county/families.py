"""Families as they live in a rural county: who shares a household, how old they are, how they are related."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from bangfu_county.calendar import Month, born_aged
from bangfu_county.model import Person
from bangfu_county.names import full_name, surname
from bangfu_county.numbers import NumberOffice

# Share of newborns that have no citizen number yet: an absence must never be claimed for them.
_UNREGISTERED_BABIES = 0.25


class FamilyRoom:
    """Builds the members of one household after another."""

    def __init__(self, rng: Random, office: NumberOffice, month: Month) -> None:
        self._rng = rng
        self._office = office
        self._month = month

    def person(self, age: int, sex: str, relation: str, family: str) -> Person:
        """Create somebody of a given age (completed years at the end of the month)."""
        rng = self._rng
        born = born_aged(rng, age, self._month.as_of)
        name = full_name(rng, family, sex, adult=age >= 30)
        is_unregistered = age == 0 and rng.random() < _UNREGISTERED_BABIES
        number = None if is_unregistered else self._office.issue(born, sex)
        return Person(name=name, id_no=number, born=born, sex=sex, relation=relation, family=family)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self._rng.random() * (high - low + 1))

    def sex(self) -> str:
        """Draw a sex; a few more boys are born than girls."""
        return "1" if self._rng.random() < 0.515 else "2"

    def couple(self, age: int, family: str) -> list[Person]:
        """A head and a spouse; the man is head in nine of ten households."""
        sex = "1" if self._rng.random() < 0.9 else "2"
        head = self.person(age, sex, "head", family)
        spouse_age = max(20, age - self.between(-2, 4))
        return [head, self.person(spouse_age, "2" if sex == "1" else "1", "spouse", surname(self._rng))]

    def children(self, parent_age: int, count: int, family: str, relation: str = "child") -> list[Person]:
        """Children of a parent, oldest first, with gaps of one to five years; fewer when the parent is too young."""
        born_at = self.between(22, 29)
        found = []
        for _ in range(count):
            age = parent_age - born_at
            if age < 0:
                break
            found.append(self.person(age, self.sex(), relation, family))
            born_at += self.between(1, 5)
        return found

    def elders(self, child_age: int, count: int, head: Person) -> list[Person]:
        """Parents of the head, or parents-in-law when the head is a woman who married in."""
        relation = "parent" if head.sex == "1" else "parent_in_law"
        family = head.family if head.sex == "1" else surname(self._rng)
        age = child_age + self.between(21, 29)
        sexes = ["1", "2"] if count == 2 else [self.sex()]
        return [
            self.person(age - 2 * (sex == "2"), sex, relation, family if sex == "1" else surname(self._rng))
            for sex in sexes
        ]


def _single_elder(room: FamilyRoom) -> list[Person]:
    return [room.person(room.between(62, 88), room.sex(), "head", surname(room._rng))]


def _single_adult(room: FamilyRoom) -> list[Person]:
    return [room.person(room.between(28, 58), "1" if room._rng.random() < 0.8 else "2", "head", surname(room._rng))]


def _elder_couple(room: FamilyRoom) -> list[Person]:
    return room.couple(room.between(62, 84), surname(room._rng))


def _couple(room: FamilyRoom) -> list[Person]:
    return room.couple(room.between(44, 59), surname(room._rng))


def _nuclear(room: FamilyRoom) -> list[Person]:
    age, family = room.between(26, 49), surname(room._rng)
    wanted = (1, 1, 1, 2, 2, 2, 2, 3)[room.between(0, 7)]
    return room.couple(age, family) + room.children(age, wanted, family)


def _three_generations(room: FamilyRoom) -> list[Person]:
    age, family = room.between(27, 48), surname(room._rng)
    members = room.couple(age, family)
    members += room.children(age, room.between(1, 2), family)
    return members + room.elders(age, room.between(1, 2), members[0])


def _skipped_generation(room: FamilyRoom) -> list[Person]:
    age, family = room.between(56, 72), surname(room._rng)
    return room.couple(age, family) + room.children(age - 24, room.between(1, 2), family, "grandchild")


def _single_parent(room: FamilyRoom) -> list[Person]:
    age, family = room.between(28, 48), surname(room._rng)
    return [room.person(age, room.sex(), "head", family), *room.children(age, room.between(1, 2), family)]


def _extended(room: FamilyRoom) -> list[Person]:
    age, family = room.between(54, 66), surname(room._rng)
    members = room.couple(age, family)
    child_age = age - room.between(23, 26)
    members.append(room.person(child_age, "1", "child", family))
    members.append(room.person(max(21, child_age - room.between(0, 3)), "2", "child_in_law", surname(room._rng)))
    return members + room.children(child_age, room.between(1, 2), family, "grandchild")


def _siblings(room: FamilyRoom) -> list[Person]:
    age, family = room.between(35, 57), surname(room._rng)
    return [
        room.person(age, "1", "head", family),
        room.person(age - room.between(1, 5), "1", "sibling", family),
    ]


_SHAPES: tuple[tuple[str, float, Callable[[FamilyRoom], list[Person]]], ...] = (
    ("single_elder", 0.075, _single_elder),
    ("single_adult", 0.02, _single_adult),
    ("elder_couple", 0.12, _elder_couple),
    ("couple", 0.12, _couple),
    ("nuclear", 0.345, _nuclear),
    ("three_generations", 0.19, _three_generations),
    ("skipped_generation", 0.035, _skipped_generation),
    ("single_parent", 0.025, _single_parent),
    ("extended", 0.055, _extended),
    ("siblings", 0.015, _siblings),
)
_BUILDERS = {name: build for name, _, build in _SHAPES}
_STEPS = list(accumulate(weight for _, weight, _ in _SHAPES))


def ordinary_family(room: FamilyRoom) -> list[Person]:
    """Draw a family shape by its frequency (3.3 members on average) and fill it."""
    index = min(bisect(_STEPS, room._rng.random() * _STEPS[-1]), len(_SHAPES) - 1)
    return _SHAPES[index][2](room)


def wanted_family(room: FamilyRoom, shape: str, child_ages: Sequence[int]) -> list[Person]:
    """Fill a given shape; with `child_ages` a couple with exactly these children, oldest first."""
    if not child_ages:
        return _BUILDERS[shape](room)
    family, age = surname(room._rng), max(child_ages) + room.between(23, 30)
    members = room.couple(age, family)
    return members + [room.person(child, room.sex(), "child", family) for child in child_ages]
