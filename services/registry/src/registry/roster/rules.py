"""What a unit and a term must be, and which terms go together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from contracts.errors import FieldError
from contracts.staff import ROLES, UNITS
from contracts.vocabulary import Department, UnitKind
from registry.roster.texts import FAULTS
from registry.terms import Term
from servicekit.areas import is_within, level_of


@dataclass(frozen=True)
class Place:
    """Which unit somebody belongs to, as far as rules need it."""

    kind: UnitKind
    area_code: str
    department: Department | None = None


class Clash(Enum):
    """Why somebody cannot have a term beside those that there are."""

    SAME = "same"
    EXCLUDED = "excluded"


def _fault(key: str, **values: object) -> FieldError:
    return FieldError.told(FAULTS, key, "/" + key.partition(".")[0], **values)


def check_unit(place: Place) -> list[FieldError]:
    """Give what is wrong with a unit of this kind in this area."""
    rule, faults = UNITS[place.kind], []
    if level_of(place.area_code) not in rule.areas:
        faults.append(_fault("area_code.level", levels="、".join(rule.areas)))
    if rule.has_department and place.department is None:
        faults.append(_fault("department.missing"))
    if not rule.has_department and place.department is not None:
        faults.append(_fault("department.none"))
    return faults


def check_term(term: Term, unit: Place) -> list[FieldError]:
    """Give what is wrong with a term of somebody of this unit."""
    rule, faults = ROLES[term.role], []
    if unit.kind not in rule.units:
        faults.append(_fault("role.unit", units="、".join(kind.label for kind in rule.units)))
    if level_of(term.area_code) not in rule.areas:
        faults.append(_fault("area_code.level", levels="、".join(rule.areas)))
    elif not is_within(term.area_code, unit.area_code):
        faults.append(_fault("area_code.outside_unit"))
    if rule.has_grid and not term.grid:
        faults.append(_fault("grid.missing"))
    if not rule.has_grid and term.grid:
        faults.append(_fault("grid.none"))
    if term.last_on is not None and term.last_on < term.first_on:
        faults.append(_fault("last_on.range"))
    return faults


def clash(term: Term, held: Iterable[Term]) -> Clash | None:
    """Tell why a term cannot stand beside those that the same person holds."""
    for other in held:
        if not term.meets(other):
            continue
        if other.role in ROLES[term.role].excludes:
            return Clash.EXCLUDED
        if (term.role, term.area_code, term.grid or "") == (other.role, other.area_code, other.grid or ""):
            return Clash.SAME
    return None


def check_end(term: Term, last_on: date) -> list[FieldError]:
    """Give what is wrong with a last day of a term that is not over; a term is not made longer by ending it."""
    if last_on < term.first_on:
        return [_fault("last_on.range")]
    if term.last_on is not None and last_on > term.last_on:
        return [_fault("last_on.later")]
    return []
