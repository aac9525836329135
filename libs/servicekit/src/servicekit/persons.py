"""The people whom a step names: in one form, whatever application wrote them, and whether each may stand there. Pure.

A record names somebody as `staff:<id>`, the id of the roster. What callers send may be the bare id; anything else is a
machine's own name for somebody, which nobody can look up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from contracts.errors import FieldError
from contracts.vocabulary import StaffRole
from servicekit.areas import holds

STAFF_PREFIX: Final = "staff:"
_ID_FORM: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
PERSON_FORM: Final = rf"^{STAFF_PREFIX}{_ID_FORM}$"
"""What names a person and nobody else."""

NAMED_FORM: Final = rf"^({STAFF_PREFIX}{_ID_FORM}|[A-Za-z0-9_\-.]{{1,64}})$"
"""What a caller may write for somebody who took a step."""

_ID = re.compile(_ID_FORM)

TEXTS: Final[Mapping[str, str]] = {
    "person.unknown": "花名册中没有此人,请填写人员 id / nobody of this id is on the roster",
    "person.inactive": "该人员已停用 / this person is not active any more",
    "person.no_term": "该人员在 {day} 没有任职 / this person has no term on {day}",
    "person.outside_area": "该人员在 {day} 的任职不包括该户所在区域 / no term of this person on {day} covers the place",
    "person.role": "该人员在 {day} 没有覆盖该户的“{zh}”任期 / no term of this person on {day} as {en} covers the place",
}


@dataclass(frozen=True)
class Term:
    """A term in a role: both days included, `last_on` None while no end is known."""

    role: StaffRole
    area_code: str
    first_on: date
    last_on: date | None = None
    grid: str | None = None
    department: str | None = None

    def covers(self, day: date) -> bool:
        """Tell whether the term runs on a day."""
        return self.first_on <= day and (self.last_on is None or day <= self.last_on)

    def holds(self, area_code: str, grid: str | None) -> bool:
        """Tell whether an area, or a household's village and grid, is this term's."""
        return holds(self.area_code, self.grid, area_code, grid)

    def meets(self, other: Term) -> bool:
        """Tell whether both run on some day."""
        return (self.last_on is None or other.first_on <= self.last_on) and (
            other.last_on is None or self.first_on <= other.last_on
        )


class Place(NamedTuple):
    """Where and when somebody must be in office: the village of a household, and its grid if it has one."""

    area_code: str
    day: date
    grid: str | None = None


@dataclass(frozen=True)
class Known:
    """Somebody as the roster has the person."""

    is_active: bool
    terms: Sequence[Term] = ()

    def running(self, day: date) -> list[Term]:
        """Give the terms in force on a day; none of somebody who is switched off."""
        return [term for term in self.terms if term.covers(day)] if self.is_active else []


def staff_id_of(name: str) -> str | None:
    """Give the id on the roster that a name stands for; None for a machine's own name of somebody."""
    bare = name.strip().removeprefix(STAFF_PREFIX)
    return bare.lower() if _ID.fullmatch(bare) else None


def one_form(name: str) -> str:
    """Give a name in the form in which names are kept and compared."""
    staff_id = staff_id_of(name)
    return name.strip() if staff_id is None else f"{STAFF_PREFIX}{staff_id}"


def is_person(actor: str) -> bool:
    """Tell whether who acts is somebody of the roster, and no machine."""
    return actor.startswith(STAFF_PREFIX)


def party(actor: str, named: Iterable[str]) -> tuple[str, ...]:
    """Give who took a step: those who are named, in their order, and the signed-in person, who is always of them."""
    names = tuple(one_form(name) for name in named)
    return (*names, actor) if is_person(actor) and actor not in names else names


def why_not(
    known: Known | None, place: Place, pointer: str = "", *, roles: Collection[StaffRole] | None = None
) -> FieldError | None:
    """Tell why somebody may not stand for a step in a place on a day; None when the person may.

    Args:
        known: None for somebody who is not on the roster.
        roles: The term must be in one of them, if it matters.
    """
    day, named = place.day, sorted(roles or ())
    values = {"day": day.isoformat(), "zh": "、".join(role.label for role in named)}
    values["en"] = " or ".join(role.english for role in named)
    if known is None:
        key = "person.unknown"
    elif not known.is_active:
        key = "person.inactive"
    elif not known.running(day):
        key = "person.no_term"
    elif not (here := [term for term in known.running(day) if term.holds(place.area_code, place.grid)]):
        key = "person.outside_area"
    elif roles is not None and all(term.role not in roles for term in here):
        key = "person.role"
    else:
        return None
    return FieldError.told(TEXTS, key, pointer, **values)


def faults(
    named: Sequence[str],
    people: Mapping[str, Known],
    place: Place,
    pointer: str,
    *,
    but: Collection[str] = (),
    roles: Collection[StaffRole] | None = None,
) -> list[FieldError]:
    """Give what is wrong with each of those who are named, by their place in the list.

    Args:
        people: By id on the roster.
        place: Where and when they must hold a term; `roles` as for `why_not`.
        but: Names that are not looked at.
    """
    found = [
        why_not(people.get(staff_id_of(name) or ""), place, f"{pointer}/{index}", roles=roles)
        for index, name in enumerate(named)
        if one_form(name) not in but
    ]
    return [fault for fault in found if fault is not None]
