"""Use cases of pairings. Whoever changes one locks the helper first, then the household."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from registry.households import service as households
from registry.pairings import rules, store
from registry.pairings.problems import (
    HasHelper,
    HouseholdsLeft,
    PairingInvalid,
    PairingNotFound,
    PairingOver,
    WouldOrphan,
)
from registry.pairings.rules import Held
from registry.pairings.schemas import (
    OrphanOut,
    OrphanPage,
    OrphanQuery,
    PairingEnd,
    PairingIn,
    PairingOut,
    PairingPage,
    PairingQuery,
)
from registry.pairings.tables import Pairing
from registry.pairings.texts import FAULTS
from registry.pairings.timeline import TIMELINE as TIMELINE
from registry.roster import service as roster
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

_ONE = "SELECT CAST(:household AS uuid)"


def fault(key: str, pointer: str) -> FieldError:
    """Give a fault of the texts of pairings."""
    return FieldError.told(FAULTS, key, pointer)


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name == "pairing_helper_excl":
            raise HasHelper("the household has a helper in these days") from error
        raise


async def pair(session: AsyncSession, principal: Principal, body: PairingIn) -> PairingOut:
    """Let somebody help a household from a day on, in the place of another one if the body says so.

    Raises:
        StaffNotFound, HouseholdNotFound, HouseholdEnded
        PairingInvalid: the person is no helper there on that day, or replaces no pairing of the household.
        HasHelper: somebody else helps the household then.
    """
    terms = await roster.hold_seen(session, principal, body.staff_id)
    household = await households.require_active(session, principal, str(body.household_id), lock=True)
    if not rules.serves(terms, household.village_code, body.from_on):
        raise PairingInvalid("no helper there", errors=[fault("staff_id.not_helper", "/staff_id")])
    ends = None
    if body.replaces is not None:
        replaced = await store.get(session, body.replaces)
        if replaced is None or replaced.household_id != body.household_id or not _runs_after(replaced, body.from_on):
            raise PairingInvalid("nothing to replace", errors=[fault("replaces.unknown", "/replaces")])
        if body.from_on < replaced.from_on:
            raise PairingInvalid("too early", errors=[fault("from_on.before", "/from_on")])
        ends = replaced.until_on
        _end(replaced, principal, body.from_on, body.why)
        await _flush(session)
    pairing = Pairing(
        id=UUID(ids.new_id()),
        household_id=body.household_id,
        staff_id=body.staff_id,
        from_on=body.from_on,
        until_on=ends,
        why=body.why,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(pairing)
    await _flush(session)
    await households.announce_helpers(session, _ONE, {"household": str(body.household_id)})
    return await _shown(session, pairing.id)


def _runs_after(pairing: Pairing, day: date) -> bool:
    return pairing.until_on is None or pairing.until_on > max(day, pairing.from_on)


def _end(pairing: Pairing, principal: Principal, day: date, why: str) -> None:
    pairing.until_on, pairing.ended_why = day, why
    pairing.ended_at, pairing.ended_by = clock.now(), principal.actor
    pairing.version += 1


async def end(session: AsyncSession, principal: Principal, pairing_id: UUID, body: PairingEnd) -> PairingOut:
    """Say that nobody helps a household any more that is not monitored.

    Raises:
        PairingNotFound, PairingOver
        PairingInvalid: a day before it began.
        WouldOrphan: the household is monitored and nobody follows.
    """
    found = await store.get(session, pairing_id)
    if found is None:
        raise PairingNotFound("no such pairing within your areas")
    try:
        household = await households.require(session, principal, str(found.household_id), lock=True)
    except households.HouseholdNotFound:
        raise PairingNotFound("no such pairing within your areas") from None
    pairing = await store.get(session, pairing_id)  # as it is now that nobody else changes the household's
    if (
        pairing is None
        or not _runs_after(pairing, pairing.from_on)
        or (pairing.until_on is not None and pairing.until_on <= clock.today())
    ):
        raise PairingOver("it has ended")
    if body.until_on < pairing.from_on:
        raise PairingInvalid("too early", errors=[fault("until_on.before", "/until_on")])
    following = await store.later_than(session, pairing.household_id, body.until_on)
    if household.is_monitored and not any(
        each.id != pairing.id and each.from_on <= body.until_on for each in following
    ):
        raise WouldOrphan("a monitored household would have no helper")
    _end(pairing, principal, body.until_on, body.reason)
    await _flush(session)
    await households.announce_helpers(session, _ONE, {"household": str(pairing.household_id)})
    return await _shown(session, pairing_id)


async def _shown(session: AsyncSession, pairing_id: UUID) -> PairingOut:
    return PairingOut.model_validate(await store.one(session, pairing_id, clock.today()))


def bounds(principal: Principal, area: str | None) -> tuple[list[str], dict[str, Any]]:
    """Give the condition over a household `h` that a list is bounded by, and its parameters.

    Raises:
        OutsideArea
    """
    clause, parameters = principal.within(area).area_clause("h.village_code", households.IN_GRID)
    return [clause], dict(parameters)


async def page(
    session: AsyncSession, principal: Principal, wanted: PairingQuery, after: Sequence[str] | None
) -> PairingPage:
    """Give a page of the pairings of the caller's households, in the order in which they were told.

    Raises:
        OutsideArea
    """
    conditions, values = bounds(principal, wanted.area)
    for column, value in (("household_id", wanted.household_id), ("staff_id", wanted.staff_id)):
        if value is not None:
            conditions.append(f"p.{column} = :{column}")
            values[column] = value
    if wanted.current is not None:
        conditions.append(store.current() if wanted.current else f"NOT {store.current()}")
    values |= {"today": clock.today(), "after": after[0] if after else None, "limit": wanted.limit + 1}
    rows, total = await store.pairings(session, conditions, values)
    items = [PairingOut.model_validate(row) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None
    return PairingPage(items=items, total=total, next_cursor=cursor)


async def orphans(
    session: AsyncSession, principal: Principal, wanted: OrphanQuery, after: Sequence[str] | None
) -> OrphanPage:
    """Give a page of the monitored households that nobody helps today, by village.

    Nobody helps where there is no pairing, and where the helper's term is over or does not cover the village.

    Raises:
        OutsideArea
    """
    conditions, values = bounds(principal, wanted.area)
    values |= {"today": clock.today(), "limit": wanted.limit + 1}
    values |= {"after_area": after[0] if after else None, "after": after[1] if after else None}
    rows, total = await store.orphans(session, conditions, values)
    items = [OrphanOut.model_validate(row) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].area_code, items[-1].household_id]) if len(rows) > wanted.limit else None
    return OrphanPage(items=items, total=total, next_cursor=cursor)


async def end_term(
    session: AsyncSession, principal: Principal, appointment_id: UUID, body: roster.AppointmentEnd
) -> roster.StaffDetail:
    """Say when a term ends, and why. A helper's term does not end this way while households would be left.

    Raises:
        AppointmentNotFound, AppointmentInvalid, TermOver
        HouseholdsLeft
    """
    staff, term = await roster.hold_term(session, principal, appointment_id)
    start = body.last_on + timedelta(days=1)
    ended = await roster.end_term(session, principal, staff, term, body)
    left = await left_of(session, staff.id, start)
    if left:
        raise HouseholdsLeft(f"{len(left)} household(s) would have no helper", households_left=len(left))
    return ended


async def was_paired(session: AsyncSession, household_id: UUID, staff_id: UUID, day: date) -> bool:
    """Tell whether somebody helped a household on a day."""
    return await store.was_paired(session, household_id, staff_id, day)


async def left_of(session: AsyncSession, staff_id: UUID, start: date, *, lock: bool = False) -> dict[str, Any]:
    """Give the households that somebody, who is locked, cannot help any more from a day on, with the terms there are.

    The rows of `store.held_from`, by pairing.
    """
    rows = await store.held_from(session, staff_id, start, lock=lock)
    terms = await roster.terms_of(session, staff_id)
    return {
        str(row.pairing_id): row
        for row in rows
        if rules.left_by([Held(row.household_id, row.village_code, row.from_on)], terms, start)
    }


async def announce_next(session: AsyncSession, after: str | None, limit: int) -> list[str]:
    """Announce the helpers of the households after an id anew; give the households."""
    held = await store.paired_after(session, after, limit)
    await households.announce_helpers(session, "SELECT unnest(CAST(:ids AS uuid[]))", {"ids": held})
    return held
