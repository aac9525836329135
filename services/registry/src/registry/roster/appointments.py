"""Use cases of terms: who holds which role where and when. Whoever changes a term locks its person first."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.area_vocabulary import PlaceKind
from contracts.vocabulary import Department, StaffRole, UnitKind
from registry.places import service as places
from registry.roster import rules, store
from registry.roster.people import changed, detail, fault, flush, require_own, require_seen, require_unit
from registry.roster.problems import (
    AppointmentInvalid,
    AppointmentNotFound,
    RolesExclude,
    StaffInactive,
    TermOver,
    TermsOverlap,
)
from registry.roster.rules import Clash, Place
from registry.roster.schemas import AppointmentEnd, AppointmentIn, StaffDetail
from registry.roster.tables import Appointment, Staff, Unit
from registry.terms import Term
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.persons import Known, one_form, staff_id_of

_CLASHES = {Clash.SAME: TermsOverlap, Clash.EXCLUDED: RolesExclude}


async def hold_seen(session: AsyncSession, principal: Principal, staff_id: UUID) -> list[Term]:
    """Lock somebody active who concerns the caller; give the terms.

    Raises:
        StaffNotFound, StaffInactive
    """
    await store.hold(session, [staff_id])
    staff = await require_seen(session, principal, staff_id)
    if not staff.is_active:
        raise StaffInactive("not active")
    return await terms_of(session, staff_id)


async def liaisons(session: AsyncSession, area_code: str) -> dict[str, str]:
    """Give who is the liaison of each department for an area today, as a person is named."""
    found = await store.liaisons(session, area_code, clock.today())
    return {department: one_form(staff_id) for department, staff_id in found.items()}


async def terms_of(session: AsyncSession, staff_id: UUID) -> list[Term]:
    """Give every term of somebody."""
    return [term_of(row) for row in await store.terms(session, staff_id)]


async def appoint(session: AsyncSession, principal: Principal, staff_id: UUID, body: AppointmentIn) -> StaffDetail:
    """Give somebody a term in a role.

    Raises:
        StaffNotFound, StaffInactive, UnitNotFound, UnitEnded, OutsideArea
        AppointmentInvalid: role, unit, area, grid and days do not go together.
        TermsOverlap, RolesExclude, LiaisonTaken
    """
    staff, home = await require_own(session, principal, staff_id)
    if not staff.is_active:
        raise StaffInactive("not active")
    unit = await require_unit(session, principal, body.unit_id or home.id)
    principal.require_area(body.area_code)
    term = Term(body.role, body.area_code, body.first_on, body.last_on, body.grid)
    faults = rules.check_term(term, place_of(unit))
    if await store.area_level(session, body.area_code) is None:
        faults = [fault("area_code.unknown", "/area_code")]
    if body.grid and await places.unknown_names(session, PlaceKind.GRID, {(body.area_code, body.grid)}):
        faults.append(fault("grid.unknown", "/grid"))
    if faults:
        raise AppointmentInvalid(f"{len(faults)} thing(s) do not go together", errors=faults)
    clash = rules.clash(term, [term_of(row) for row in await store.terms(session, staff_id)])
    if clash is not None:
        raise _CLASHES[clash]("another term stands in the way")
    session.add(
        Appointment(
            id=UUID(ids.new_id()),
            staff_id=staff_id,
            unit_id=unit.id,
            role=body.role.value,
            **body.model_dump(include={"area_code", "grid", "first_on", "last_on"}),
            recorded_at=clock.now(),
            recorded_by=principal.actor,
        )
    )
    await flush(session)
    await changed(session, principal, staff)
    return await detail(session, principal, staff_id)


async def hold_term(session: AsyncSession, principal: Principal, appointment_id: UUID) -> tuple[Staff, Appointment]:
    """Give a term with the person, who is locked.

    Raises:
        AppointmentNotFound: none of somebody whose unit lies within the caller's areas.
    """
    row = await store.term(session, appointment_id)
    found = await store.staff(session, row.staff_id, lock=True) if row is not None else None
    row = await store.term(session, appointment_id)  # as it is now that nobody else changes the person
    if found is None or row is None or not principal.covers(found[1].area_code):
        raise AppointmentNotFound("no such term within your areas")
    return found[0], row


async def end_term(
    session: AsyncSession, principal: Principal, staff: Staff, row: Appointment, body: AppointmentEnd
) -> StaffDetail:
    """Say when a term ends of somebody who is locked, and why.

    Raises:
        AppointmentInvalid: the day is before the term, or after its last day.
        TermOver
    """
    if row.last_on is not None and row.last_on < clock.today():
        raise TermOver(f"it ended on {row.last_on.isoformat()}")
    faults = rules.check_end(term_of(row), body.last_on)
    if faults:
        raise AppointmentInvalid("not a last day of this term", errors=faults)
    row.last_on, row.ended_why = body.last_on, body.reason
    row.ended_at, row.ended_by = clock.now(), principal.actor
    session.add(row)
    await changed(session, principal, staff)
    return await detail(session, principal, staff.id)


async def known(session: AsyncSession, names: Collection[str]) -> dict[str, Known]:
    """Give those of the names who are on the roster, by id, each with every term. One statement for all of them.

    Whatever area they belong to: whoever names somebody must hear why the person may not stand there.
    """
    wanted = sorted({staff_id for name in names if (staff_id := staff_id_of(name)) is not None})
    if not wanted:
        return {}
    active: dict[str, bool] = {}
    terms: dict[str, list[Term]] = {}
    for row in await store.standing(session, wanted):
        active[row.staff_id] = row.is_active
        held = terms.setdefault(row.staff_id, [])
        if row.role is not None:
            held.append(Term(StaffRole(row.role), row.area_code, row.first_on, row.last_on, row.grid, row.department))
    return {staff_id: Known(is_active, tuple(terms[staff_id])) for staff_id, is_active in active.items()}


def term_of(row: Appointment) -> Term:
    """Give a row as rules see it."""
    return Term(StaffRole(row.role), row.area_code, row.first_on, row.last_on, row.grid)


def place_of(unit: Unit) -> Place:
    """Give a unit as rules see it."""
    return Place(UnitKind(unit.kind), unit.area_code, Department(unit.department) if unit.department else None)
