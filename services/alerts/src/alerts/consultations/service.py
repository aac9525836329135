"""Use cases of consultations: recorded by who leads, read by who took part, taken back where wrong."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import service as clues
from alerts.consultations import store
from alerts.consultations.problems import (
    ConsultationInvalid,
    ConsultationNotFound,
    ConsultationOfCounty,
    ConsultationWithdrawn,
)
from alerts.consultations.schemas import (
    ConsultationIn,
    ConsultationOut,
    ConsultationPage,
    ConsultationQuery,
)
from alerts.consultations.tables import Consultation
from alerts.consultations.texts import FAULTS
from alerts.consultations.timeline import TIMELINE
from alerts.directory import service as directory
from alerts.people import service as people
from contracts.errors import FieldError
from servicekit import areas, clock, persons
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

__all__ = ["TIMELINE", "list_page", "read", "record", "withdraw"]


async def record(session: AsyncSession, principal: Principal, said: ConsultationIn) -> ConsultationOut:
    """Keep what departments decided together.

    Raises:
        ConsultationOfCounty: the caller acts for a department.
        OutsideArea: the area is not the caller's.
        ConsultationInvalid
    """
    if principal.department is not None:
        raise ConsultationOfCounty("who leads keeps the record")
    principal.require_area(said.area_code)
    if faults := await _faults(session, principal, said):
        raise ConsultationInvalid("the record cannot be kept", errors=faults)
    kept = Consultation(
        id=new_id(),
        **said.model_dump(exclude={"departments", "decisions", "clue_ids", "persons"}),
        departments=sorted({each.value for each in said.departments}),
        persons=[*dict.fromkeys(persons.one_form(name) for name in said.persons)],
        clue_ids=[*dict.fromkeys(said.clue_ids)],
        decisions=[each.model_dump(mode="json") for each in said.decisions],
        recorded_by=principal.actor,
        recorded_at=clock.now(),
    )
    session.add(kept)
    await session.flush()
    return await _out(session, principal, kept)


async def _faults(session: AsyncSession, principal: Principal, said: ConsultationIn) -> list[FieldError]:
    faults = []
    if said.held_on > clock.today():
        faults.append(FieldError.told(FAULTS, "held_on.future", "/held_on"))
    if len(set(said.departments)) < 2:
        faults.append(FieldError.told(FAULTS, "departments.one", "/departments"))
    known = await clues.open_states(session, principal, said.clue_ids)
    for place, clue_id in enumerate(said.clue_ids):
        if not known.get(clue_id, False):
            key = "clue.closed" if clue_id in known else "clue.unknown"
            faults.append(FieldError.told(FAULTS, key, f"/clue_ids/{place}"))
    for place, decision in enumerate(said.decisions):
        if decision.department is not None and decision.department not in said.departments:
            faults.append(FieldError.told(FAULTS, "decision.department", f"/decisions/{place}/department"))
        if decision.due_on is not None and decision.due_on < said.held_on:
            faults.append(FieldError.told(FAULTS, "decision.due", f"/decisions/{place}/due_on"))
    on_roster = await people.known(session, said.persons)
    for place, name in enumerate(said.persons):
        at = persons.Place(said.area_code, said.held_on)
        flaw = persons.why_not(_serving(on_roster, name), at, f"/persons/{place}")
        if flaw is not None and flaw.code != "person.outside_area":  # a township's people come to the county
            faults.append(flaw)
    return faults


def _serving(on_roster: Mapping[str, persons.Known], name: str) -> persons.Known | None:
    return on_roster.get(persons.staff_id_of(name) or "")


async def list_page(
    session: AsyncSession, principal: Principal, wanted: ConsultationQuery, before: str | None
) -> ConsultationPage:
    """Give a page of the consultations that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return ConsultationPage(
        items=[await _out(session, principal, each) for each in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


async def read(session: AsyncSession, principal: Principal, consultation_id: str) -> ConsultationOut:
    """Give a consultation of the caller's areas, and of its department if it has one.

    Raises:
        ConsultationNotFound
    """
    return await _out(session, principal, await _visible(session, principal, consultation_id))


async def withdraw(session: AsyncSession, principal: Principal, consultation_id: str, reason: str) -> ConsultationOut:
    """Take back a record that is wrong; it stays with the reason.

    Raises:
        ConsultationNotFound, ConsultationOfCounty, ConsultationWithdrawn
        OutsideArea: the caller reads it for a clue of its own, and does not lead.
    """
    if principal.department is not None:
        raise ConsultationOfCounty("who leads keeps the record")
    kept = await _visible(session, principal, consultation_id, lock=True)
    principal.require_area(kept.area_code)
    if kept.withdrawn_at is not None:
        raise ConsultationWithdrawn("it was taken back already")
    kept.withdrawn_at, kept.withdrawn_by, kept.withdrawn_because = clock.now(), principal.actor, reason
    await session.flush()
    return await _out(session, principal, kept)


async def _visible(
    session: AsyncSession, principal: Principal, consultation_id: str, *, lock: bool = False
) -> Consultation:
    kept = await store.get(session, consultation_id, lock=lock)
    if kept is None or principal.department not in (None, *kept.departments):
        raise ConsultationNotFound("no such consultation within your reach")
    if not principal.covers(kept.area_code) and not await clues.open_states(session, principal, kept.clue_ids):
        raise ConsultationNotFound("no such consultation within your reach")
    return kept


async def _out(session: AsyncSession, principal: Principal, kept: Consultation) -> ConsultationOut:
    """Give a consultation; of clues that were judged with others' whoever sees only some is given those."""
    shown = kept.clue_ids
    if not principal.covers(kept.area_code):
        own = await clues.open_states(session, principal, shown)
        shown = [clue_id for clue_id in shown if clue_id in own]
    path = dict.fromkeys((areas.county_of(kept.area_code), areas.town_of(kept.area_code), kept.area_code))
    names = await directory.names_of(session, set(path))
    area_names = [names[code] for code in path if code in names]
    return ConsultationOut.model_validate(kept.model_dump() | {"clue_ids": shown, "area_names": area_names})
