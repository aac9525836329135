"""May somebody who signed in act through an application, in which term, and with what: one decision. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.staff import ROLES
from contracts.vocabulary import Department, StaffRole
from gateway.people.reasons import Reason
from servicekit.areas import is_within
from servicekit.clock import CHINA


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term of somebody in a role, both days included; `last_on` None: no end is known."""

    appointment_id: str
    role: StaffRole
    area_code: str
    department: Department | None
    grid: str | None
    first_on: date
    last_on: date | None

    def fault_on(self, day: date) -> Reason | None:
        """Say why it is not in force on a day."""
        if day < self.first_on:
            return Reason.TERM_NOT_BEGUN
        return Reason.TERM_OVER if self.last_on is not None and day > self.last_on else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the roster, as its event of that version says."""

    staff_id: str
    version: int
    is_active: bool
    terms: Sequence[Term]


@dataclass(frozen=True, slots=True)
class Application:
    """What the client through which somebody acts may do."""

    client_id: str
    scopes: frozenset[str]
    areas: Sequence[str]
    department: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, and how the person signed in.

    Attributes:
        scopes: None: all that there is.
    """

    appointment_id: str | None = None
    scopes: frozenset[str] | None = None
    has_second_factor: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody may do through an application in one term."""

    person: Person
    term: Term
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not; `terms` are those to choose from, `scopes` those that are too much."""

    reason: Reason
    terms: Sequence[Term] = ()
    scopes: frozenset[str] = frozenset()


def decide(person: Person | None, asked: Asked, application: Application, today: date) -> Grant | Refusal:
    """Decide what somebody may do.

    One token acts in one term. Without a word which, the only one that is in force and that the application may carry
    is taken; of several the caller chooses.

    Args:
        person: Whose account signed in; None if it is nobody's.
        today: The day in the county.
    """
    if not asked.has_second_factor:
        return Refusal(Reason.SECOND_FACTOR_MISSING)
    if person is None:
        return Refusal(Reason.UNKNOWN_ACCOUNT)
    if not person.is_active:
        return Refusal(Reason.INACTIVE)
    if asked.appointment_id is not None:
        wanted = next((term for term in person.terms if term.appointment_id == asked.appointment_id), None)
        if wanted is None:
            return Refusal(Reason.TERM_UNKNOWN)
        fault = wanted.fault_on(today) or _carrying_fault(wanted, application)
        return Refusal(fault) if fault else _granted(person, wanted, asked, application)
    in_force = [term for term in person.terms if term.fault_on(today) is None]
    faults = [_carrying_fault(term, application) for term in in_force]
    usable = [term for term, fault in zip(in_force, faults, strict=True) if fault is None]
    if not usable:
        return Refusal(next((fault for fault in faults if fault is not None), Reason.NO_TERM))
    only, *others = usable
    return Refusal(Reason.SEVERAL_TERMS, usable) if others else _granted(person, only, asked, application)


def _carrying_fault(term: Term, application: Application) -> Reason | None:
    """Say why an application may not carry a term: it never gets further than its own registration."""
    if not any(is_within(term.area_code, root) for root in application.areas):
        return Reason.OUTSIDE_AREAS
    if application.department is not None and term.department != application.department:
        return Reason.OTHER_DEPARTMENT
    return None if ROLES[term.role].scopes & application.scopes else Reason.NO_SCOPE


def _granted(person: Person, term: Term, asked: Asked, application: Application) -> Grant | Refusal:
    of_role = ROLES[term.role].scopes
    both = of_role & application.scopes
    wanted = both if asked.scopes is None else asked.scopes
    if wanted - of_role:
        return Refusal(Reason.SCOPE_BEYOND_ROLE, scopes=wanted - of_role)
    if wanted - application.scopes:
        return Refusal(Reason.SCOPE_BEYOND_CLIENT, scopes=wanted - application.scopes)
    return Grant(person, term, wanted)


def seconds_left(term: Term, now: datetime) -> float | None:
    """Give the seconds until the term's last day is over in the county; None: no end is known."""
    if term.last_on is None:
        return None
    end = datetime.combine(term.last_on + timedelta(days=1), time(), CHINA)
    return (end - now).total_seconds()
