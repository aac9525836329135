"""Rotation (轮换): a helper's term ends and every household gets a successor, or nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import StaffRole
from registry.households import service as households
from registry.pairings import rules, service, store
from registry.pairings.problems import HouseholdsLeft, RotationInvalid
from registry.pairings.rules import Held, Plan
from registry.pairings.schemas import RotationIn, RotationItem, RotationOut
from registry.roster import service as roster
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

_SHOWN = 200  # households that the answer of a done rotation lists


async def rotate(session: AsyncSession, principal: Principal, staff_id: UUID, body: RotationIn) -> RotationOut:
    """End a helper's term and hand every household over that nobody would help; all of it or nothing.

    Raises:
        StaffNotFound, RotationInvalid, AppointmentInvalid, TermOver
        HouseholdsLeft: a household has no successor, or one who may not help it.
    """
    left, planned = await _planned(session, principal, staff_id, body, lock=True)
    if planned.left:
        raise HouseholdsLeft(f"{len(planned.left)} household(s) have no successor", households_left=len(planned.left))
    start = body.last_on + timedelta(days=1)
    moves = [
        {
            "pairing_id": pairing,
            "new_id": ids.new_id(),
            "household_id": row.household_id,
            "staff_id": planned.moves[row.household_id],
        }
        for pairing, row in left.items()
    ]
    if moves:
        said = {"why": body.reason, "at": clock.now(), "by": principal.actor}
        await store.hand_over(session, moves, start, said)
        moved = {"ids": sorted({move["household_id"] for move in moves})}
        await households.announce_helpers(session, "SELECT unnest(CAST(:ids AS uuid[]))", moved)
    answer = _answer(principal, left, planned, is_done=True)
    return answer.model_copy(update={"items": answer.items[:_SHOWN]})


async def preview(
    session: AsyncSession,
    principal: Principal,
    staff_id: UUID,
    body: RotationIn,
    page: tuple[Sequence[Any] | None, int],
) -> RotationOut:
    """Give what a rotation would do, and which households nobody would help, a page at a time; nothing stays of it.

    Args:
        page: After which place of the list, and how many.

    Raises:
        StaffNotFound, RotationInvalid, AppointmentInvalid, TermOver
    """
    savepoint = await session.begin_nested()
    left, planned = await _planned(session, principal, staff_id, body, lock=False)
    await savepoint.rollback()
    answer = _answer(principal, left, planned, is_done=False)
    after, limit = page
    first = int(after[0]) if after else 0
    items = answer.items[first : first + limit]
    cursor = encode_cursor([first + limit]) if len(answer.items) > first + limit else None
    return answer.model_copy(update={"items": items, "next_cursor": cursor})


async def _planned(
    session: AsyncSession, principal: Principal, staff_id: UUID, body: RotationIn, *, lock: bool
) -> tuple[dict[str, Any], Plan]:
    """End the term, and give the households that are left by it and who takes them over."""
    chosen = {str(each.household_id): str(each.staff_id) for each in body.successors}
    if len(chosen) < len(body.successors):
        raise RotationInvalid("twice", errors=[service.fault("successors.repeated", "/successors")])
    wanted = {*chosen.values(), *([str(body.successor_id)] if body.successor_id else [])}
    await roster.hold_all(session, [staff_id, *(UUID(each) for each in wanted)])
    await roster.require_own(session, principal, staff_id)
    helpers = {each: await roster.hold_seen(session, principal, UUID(each)) for each in sorted(wanted)}
    staff, term = await roster.hold_term(session, principal, body.appointment_id)
    if staff.id != staff_id or term.role != StaffRole.HELPER.value:
        raise RotationInvalid("no such term", errors=[service.fault("appointment_id.unknown", "/appointment_id")])
    end = roster.AppointmentEnd(last_on=body.last_on, reason=body.reason)
    await roster.end_term(session, principal, staff, term, end)
    start = body.last_on + timedelta(days=1)
    left = await service.left_of(session, staff_id, start, lock=lock)
    if chosen.keys() - {row.household_id for row in left.values()}:
        raise RotationInvalid("not theirs", errors=[service.fault("successors.unknown", "/successors")])
    if str(staff_id) in helpers:  # with the terms that remain
        helpers[str(staff_id)] = await roster.terms_of(session, staff_id)
    held = [
        Held(row.household_id, row.village_code, row.from_on)
        for row in left.values()
        if principal.covers(row.village_code)
    ]
    outside = [
        Held(row.household_id, row.village_code, row.from_on)
        for row in left.values()
        if not principal.covers(row.village_code)
    ]
    planned = rules.plan(held, helpers, chosen, str(body.successor_id) if body.successor_id else None, start)
    return left, Plan(planned.moves, [*planned.left, *outside])


def _answer(principal: Principal, left: dict[str, Any], planned: Plan, *, is_done: bool) -> RotationOut:
    items = [
        RotationItem(
            household_id=row.household_id,
            hh_no=row.hh_no,
            area_code=row.village_code,
            successor_id=planned.moves.get(row.household_id),
        )
        for row in left.values()
        if principal.covers(row.village_code)
    ]
    items.sort(key=lambda item: (item.successor_id is not None, item.area_code, item.household_id))
    return RotationOut(is_done=is_done, households=len(left), left_over=len(planned.left), items=items)
