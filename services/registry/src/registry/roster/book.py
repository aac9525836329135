"""Rows of a file against the roster: each is taken in, or said to be wrong, as if somebody had entered it. Pure.

The book holds what the rows may meet; it grows with what they bring, so that a later row meets an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from contracts.errors import FieldError
from contracts.staff import ROLES
from contracts.vocabulary import Department, StaffRole, UnitKind
from registry.roster import rules
from registry.roster.file_rows import StaffRow, fault
from registry.roster.rules import Clash, Place
from registry.terms import Term

_CLASHES = {Clash.SAME: "role.overlap", Clash.EXCLUDED: "role.excluded"}


@dataclass
class Unit:
    """A unit that rows may name."""

    id: UUID
    name: str
    place: Place
    is_new: bool = False


@dataclass
class Held:
    """A term of somebody."""

    id: UUID
    unit_id: UUID
    term: Term
    is_new: bool = False
    is_changed: bool = False


@dataclass
class Person:
    """Somebody whom rows may be about.

    Attributes:
        phone: The telephone number; of somebody on the roster opened when it is looked at.
        accounts: Subjects by issuer; `new_accounts` those that rows brought.
        line: The line that brought, or first named, the person.
    """

    id: UUID
    staff_no: str | None
    name: str
    unit_id: UUID
    is_active: bool = True
    is_own: bool = True
    phone: str | None = None
    terms: list[Held] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    new_accounts: list[tuple[str, str]] = field(default_factory=list)
    is_new: bool = False
    is_changed: bool = False
    has_new_phone: bool = False
    line: int | None = None


@dataclass
class Book:
    """What rows may meet.

    Attributes:
        areas: Areas that are valid, of those that rows name.
        unknown_grids: Villages and grids that rows name, of villages that keep a register without this one.
        covers: Tells whether an area is the caller's.
        new_id: Gives ids.
        owners: Whose an account is.
        single: Terms of roles that a unit has one person in at a time, by unit and role, with whose they are.
    """

    today: date
    covers: Callable[[str], bool]
    new_id: Callable[[], UUID]
    areas: set[str]
    units: list[Unit]
    people: list[Person]
    owners: dict[tuple[str, str], UUID]
    single: dict[tuple[UUID, StaffRole], list[tuple[UUID, Term]]]
    unknown_grids: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find units by name, and people by number, and by unit and name."""
        self._units: dict[str, list[Unit]] = {}
        self._departments: set[tuple[str, Department]] = set()
        self._by_no = {person.staff_no: person for person in self.people if person.staff_no is not None}
        self._by_name: dict[tuple[UUID, str], list[Person]] = {}
        for unit in self.units:
            self._know(unit)
        for person in self.people:
            self._by_name.setdefault((person.unit_id, person.name), []).append(person)

    def _know(self, unit: Unit) -> None:
        self._units.setdefault(unit.name, []).append(unit)
        if unit.place.department is not None:
            self._departments.add((unit.place.area_code, unit.place.department))

    def take(self, row: StaffRow) -> list[FieldError]:
        """Take a row in; give what is wrong with it: then nothing of it was."""
        unit = self._unit(row)
        if isinstance(unit, FieldError):
            return [unit]
        person = self._person(row, unit)
        if isinstance(person, FieldError):
            return [person]
        held = self._held(row, person)
        faults = self._wrong_person(row, person, unit) + self._wrong_account(row, person)
        if row.role is not None:
            faults += self._wrong_end(row, held) if held else self._wrong_term(row, person, unit)
        if not faults:
            self._enter(row, person, unit, held)
        return faults

    def _unit(self, row: StaffRow) -> Unit | FieldError:
        """Give the unit that a row names; one that is not there is made where the row says what it is."""
        of_name = self._units.get(row.unit_name, [])
        named = [
            unit
            for unit in of_name
            if row.unit_kind in (None, unit.place.kind)
            and row.department in (None, unit.place.department)
            and row.unit_area_code in (None, unit.place.area_code)
        ]
        if len(named) == 1:
            return named[0]
        if named:
            return fault("unit_name.ambiguous")
        area = row.unit_area_code or row.area_code
        if row.unit_kind is None or area is None:
            return fault("unit_name.unknown")
        place = Place(row.unit_kind, area, row.department)
        if area not in self.areas:
            return fault("unit_area_code.unknown")
        if not self.covers(area):
            return fault("unit_area_code.outside")
        if faults := rules.check_unit(place):
            return faults[0]
        if any((unit.place.kind, unit.place.area_code) == (place.kind, area) for unit in of_name):
            return fault("department.other")
        if row.department is not None and (area, row.department) in self._departments:
            return fault("department.taken")
        return Unit(self.new_id(), row.unit_name, place, is_new=True)

    def _person(self, row: StaffRow, unit: Unit) -> Person | FieldError:
        """Give the person that a row is about: by the number; without one by unit, name and telephone number."""
        if row.staff_no is not None:
            known = self._by_no.get(row.staff_no)
            if known is not None and not known.is_own:
                return fault("staff_no.elsewhere")
        else:
            known_here = self._by_name.get((unit.id, row.name), [])
            same = [each for each in known_here if (each.unit_id, each.name) == (unit.id, row.name)]
            known = next((each for each in same if each.phone == row.phone), None)
            if known is None and same:
                return fault("staff_no.ambiguous")
        if known is None:
            return Person(self.new_id(), row.staff_no, row.name, unit.id, is_new=True)
        return known if known.is_active else fault("staff_no.inactive")

    def _held(self, row: StaffRow, person: Person) -> Held | None:
        wanted = (row.role, row.area_code, row.grid or "", row.first_on)
        return next(
            (
                held
                for held in person.terms
                if (held.term.role, held.term.area_code, held.term.grid or "", held.term.first_on) == wanted
            ),
            None,
        )

    def _wrong_person(self, row: StaffRow, person: Person, unit: Unit) -> list[FieldError]:
        """Rows of one person in a file agree with one another."""
        if person.line is None:
            return []
        found = []
        if person.name != row.name:
            found.append(fault("name.disagrees", line=person.line))
        if person.unit_id != unit.id:
            found.append(fault("unit_name.disagrees", line=person.line))
        if row.phone is not None and person.phone is not None and person.phone != row.phone:
            found.append(fault("phone.disagrees", line=person.line))
        return found

    def _wrong_account(self, row: StaffRow, person: Person) -> list[FieldError]:
        if row.subject is None or row.issuer is None:
            return []
        owner = self.owners.get((row.issuer, row.subject))
        if owner is not None and owner != person.id:
            return [fault("subject.taken")]
        return [fault("subject.second")] if person.accounts.get(row.issuer, row.subject) != row.subject else []

    def _wrong_end(self, row: StaffRow, held: Held) -> list[FieldError]:
        """Give what is wrong with what a row says of a term that there is: it may end earlier, nothing else."""
        if row.last_on is None or row.last_on == held.term.last_on:
            return []
        if held.term.last_on is not None and held.term.last_on < self.today:
            return [fault("last_on.over")]
        if held.term.role is StaffRole.HELPER and not held.is_new:
            return [fault("last_on.helper")]
        return rules.check_end(held.term, row.last_on)

    def _wrong_term(self, row: StaffRow, person: Person, unit: Unit) -> list[FieldError]:
        term = _term(row)
        if term.area_code not in self.areas:
            return [fault("area_code.unknown")]
        if not self.covers(term.area_code):
            return [fault("area_code.outside")]
        if faults := rules.check_term(term, unit.place):
            return faults
        if (term.area_code, term.grid) in self.unknown_grids:
            return [fault("grid.unknown")]
        clash = rules.clash(term, [held.term for held in person.terms])
        if clash is not None:
            return [fault(_CLASHES[clash])]
        others = self.single.get((unit.id, term.role), ())
        if ROLES[term.role].is_single and any(term.meets(other) for _, other in others):
            return [fault("role.taken")]
        return []

    def _enter(self, row: StaffRow, person: Person, unit: Unit, held: Held | None) -> None:
        if unit.is_new and not any(each is unit for each in self._units.get(unit.name, ())):
            self.units.append(unit)
            self._know(unit)
        is_moved = (person.name, person.unit_id) != (row.name, unit.id)
        if person.is_new and person.line is None:
            self.people.append(person)
            if person.staff_no is not None:
                self._by_no[person.staff_no] = person
        if is_moved or person.line is None:
            self._by_name.setdefault((unit.id, row.name), []).append(person)
        if is_moved:
            person.name, person.unit_id, person.is_changed = row.name, unit.id, True
        person.line = person.line or row.line
        phone = None if row.forgets_phone else row.phone or person.phone
        if phone != person.phone:
            person.phone, person.has_new_phone, person.is_changed = phone, True, True
        if row.subject is not None and row.issuer is not None and row.issuer not in person.accounts:
            person.accounts[row.issuer] = row.subject
            person.new_accounts.append((row.issuer, row.subject))
            self.owners[row.issuer, row.subject] = person.id
            person.is_changed = True
        if row.role is None:
            return
        if held is None:
            term = _term(row)
            person.terms.append(Held(self.new_id(), unit.id, term, is_new=True))
            if ROLES[term.role].is_single:
                self.single.setdefault((unit.id, term.role), []).append((person.id, term))
            person.is_changed = True
        elif row.last_on is not None and row.last_on != held.term.last_on:
            ended = Term(held.term.role, held.term.area_code, held.term.first_on, row.last_on, held.term.grid)
            mine = self.single.get((held.unit_id, held.term.role), [])
            mine[:] = [(whose, ended if (whose, term) == (person.id, held.term) else term) for whose, term in mine]
            held.term, held.is_changed, person.is_changed = ended, True, True


def _term(row: StaffRow) -> Term:
    if row.role is None or row.area_code is None or row.first_on is None:
        raise ValueError(f"line {row.line} has no term")  # its reader gives none without area and first day
    return Term(row.role, row.area_code, row.first_on, row.last_on, row.grid)


def unit_of(unit_id: UUID, kind: str, name: str, area_code: str, department: str | None) -> Unit:
    """Give a unit of the roster."""
    return Unit(unit_id, name, Place(UnitKind(kind), area_code, Department(department) if department else None))
