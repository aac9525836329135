"""Use cases of succession: a village that is merged, split or renumbered takes its households along.

Groups, grids, sites and tags go along. Everything about a household goes where its village goes: the snapshots that are
announced here carry clues, due dates, findings and directories along, and the area's own event names its successors.
Units and terms of the roster go along with a village that goes as a whole, and with a township that is closed and went
into one other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.areas import store, tagging
from registry.areas.problems import AreaNotEmpty, SuccessionInvalid
from registry.areas.schemas import AreaChangeIn, AreaChangeOut, AreaChangesOut, MoveIn
from registry.areas.tables import AreaSuccession
from registry.campaigns import service as campaigns
from registry.households import service as households
from registry.income_plans import service as income_plans
from registry.places import service as places
from registry.roster import service as roster
from servicekit import clock, ids, locks
from servicekit.areas import level_of
from servicekit.auth import Principal
from servicekit.problems import FieldError


async def change(session: AsyncSession, principal: Principal, body: AreaChangeIn) -> AreaChangesOut:
    """Record what becomes of areas, and do it if its day has come; the worker does what is left.

    Raises:
        OutsideArea: an area is not the caller's.
        SuccessionInvalid: an area that does not exist, or a village without a counterpart.
        AreaNotEmpty: an area is to be closed though households are registered there.
    """
    await locks.lock(session, locks.Lock.AREAS)
    faults: list[FieldError] = []
    moves: list[tuple[MoveIn, str, str]] = []
    for place, move in enumerate(body.moves):
        for code in (move.from_code, move.to_code):
            principal.require_area(code)
        found, fault = await _villages(session, move, place)
        moves += [(move, source, target) for source, target in found]
        faults += fault or await _wrong_split(session, move, place)
    for place, code in enumerate(body.closes):
        principal.require_area(code)
        if await store.get(session, code) is None:
            faults.append(_fault(f"/closes/{place}", "code.unknown", "没有这个区划 / no such area"))
    if faults:
        raise SuccessionInvalid("areas are wrong", errors=faults)
    rows = [
        _row(
            principal,
            body,
            {
                "from_code": source,
                "to_code": target,
                "household_ids": _uuids(move.household_ids),
                "place_ids": _uuids(move.place_ids),
            },
        )
        for move, source, target in moves
    ]
    rows += [_row(principal, body, {"from_code": code, "to_code": ""}) for code in body.closes]
    session.add_all(rows)
    await session.flush()
    if body.effective_on <= clock.today():
        await _apply(session, rows)
    return AreaChangesOut(items=[out_of(row) for row in rows])


def out_of(row: AreaSuccession) -> AreaChangeOut:
    """Give a row as it is shown."""
    return AreaChangeOut.model_validate(row.model_dump() | {"id": str(row.id), "to_code": row.to_code or None})


async def page(session: AsyncSession, principal: Principal) -> AreaChangesOut:
    """Give what became of the caller's areas, newest first."""
    rows = await store.successions(session)
    return AreaChangesOut(items=[out_of(row) for row in rows if principal.reaches(row.from_code)])


async def note_listed(session: AsyncSession, rows: Sequence[tuple[str, str, date]], by: str, source: str) -> None:
    """Take successions (from, to, last day of the old one) that an area list names; do those whose day has come."""
    noted = [
        AreaSuccession(
            id=UUID(ids.new_id()),
            from_code=code,
            to_code=successor,
            effective_on=last_on + timedelta(days=1),
            source_document=source,
            recorded_at=clock.now(),
            recorded_by=by,
        )
        for code, successor, last_on in rows
        if not await store.is_noted(session, code, successor)
    ]
    session.add_all(noted)
    await session.flush()
    await _apply(session, [row for row in noted if row.effective_on <= clock.today()])


async def apply_due(session: AsyncSession) -> int:
    """Do what was recorded for a day that has come; give how many households moved."""
    await locks.lock(session, locks.Lock.AREAS)
    return await _apply(session, await store.waiting_successions(session, clock.today()))


async def _apply(session: AsyncSession, rows: Sequence[AreaSuccession]) -> int:
    moved = 0
    for row in rows:
        if row.to_code:
            going = await _going(session, row)
            way, since, by = (row.from_code, row.to_code), row.effective_on, row.recorded_by
            only = row.place_ids or () if row.is_split else None
            grids = await places.follow_village(session, way, since, by, only=only)
            async with households.changing(session, going, cause="area", by=by):
                await store.move_households(session, going, row.to_code, since)
                if row.is_split:
                    await places.leave_grids(session, going, since)
            if row.is_split:
                await roster.follow_grids(session, *way, since, by, grids=grids)
            else:
                await tagging.follow_area(session, *way, since, by)
                await roster.follow_area(session, *way, since, by)
            row.households = len(going)
            moved += len(going)
        row.applied_at = clock.now()
    await session.flush()
    villages = {code for row in rows for code in (row.from_code, row.to_code) if code}
    await campaigns.follow_villages(session, sorted(villages))
    await income_plans.follow_villages(session, villages)
    for row in rows:
        if not row.to_code:
            await _close(session, row)
    towns = await store.towns_gone(session, sorted({row.from_code[:9] + "000" for row in rows}))
    for town in towns:
        await roster.follow_area(session, town.code, town.successor, town.since, rows[0].recorded_by)
        await tagging.follow_area(session, town.code, town.successor, town.since, rows[0].recorded_by)
    await end_in_closed(session)
    codes = villages | {row.from_code[:9] + "000" for row in rows} | {town.successor for town in towns}
    await store.announce_some(session, sorted(codes))
    return moved


async def _going(session: AsyncSession, row: AreaSuccession) -> list[str]:
    if not row.is_split:
        return await store.households_in(session, row.from_code, None)
    of_places = await places.households_of(session, [str(each) for each in row.place_ids or ()])
    return await store.households_in(session, row.from_code, [*map(str, row.household_ids or ()), *of_places])


async def end_in_closed(session: AsyncSession) -> None:
    """End groups, grids, sites and tags of areas that are over and where nobody is left."""
    await places.end_in_closed(session, clock.today())
    await tagging.end_in_closed(session, clock.today())


async def _wrong_split(session: AsyncSession, move: MoveIn, place: int) -> list[FieldError]:
    """Give what is wrong with the groups, grids and sites that a split names."""
    wanted = _uuids(move.place_ids)
    if wanted is None or await places.of_village(session, move.from_code, wanted):
        return []
    detail = "不是该村有效的村民小组、网格或安置点 / no group, grid or site of this village"
    return [_fault(f"/moves/{place}/place_ids", "place_ids.unknown", detail)]


async def _close(session: AsyncSession, row: AreaSuccession) -> None:
    if await store.is_inhabited(session, row.from_code):
        raise AreaNotEmpty("households are registered there, or a village of it is open", area_code=row.from_code)
    await store.close(session, row.from_code, row.effective_on - timedelta(days=1))


async def _villages(session: AsyncSession, move: MoveIn, place: int) -> tuple[list[tuple[str, str]], list[FieldError]]:
    """Give the pairs of villages that a move is about; a township's villages keep their last three digits."""
    source, target = await store.get(session, move.from_code), await store.get(session, move.to_code)
    for area, name in ((source, "from_code"), (target, "to_code")):
        if area is None or (name == "to_code" and area.valid_to is not None):
            return [], [_fault(f"/moves/{place}/{name}", "code.unknown", "没有这个区划 / no such area that is valid")]
    level = level_of(move.from_code)
    if level != level_of(move.to_code) or level not in ("village", "town") or move.from_code == move.to_code:
        return [], [
            _fault(f"/moves/{place}/to_code", "code.level", "应为同级的另一个村或乡镇 / another one of its level")
        ]
    if level == "village":
        return [(move.from_code, move.to_code)], []
    pairs: list[tuple[str, str]] = []
    for village in await store.open_children(session, move.from_code):
        counterpart = move.to_code[:9] + village[9:]
        other = await store.get(session, counterpart)
        if other is None or other.valid_to is not None:
            detail = f"没有与 {village} 对应的村 {counterpart} / no counterpart of this village"
            return [], [_fault(f"/moves/{place}/to_code", "code.unknown", detail)]
        pairs.append((village, counterpart))
    return pairs, []


def _row(principal: Principal, body: AreaChangeIn, columns: dict[str, Any]) -> AreaSuccession:
    return AreaSuccession(
        id=UUID(ids.new_id()),
        effective_on=body.effective_on,
        source_document=body.source_document,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
        **columns,
    )


def _uuids(household_ids: Sequence[str] | None) -> list[UUID] | None:
    return None if household_ids is None else [UUID(each) for each in household_ids]


def _fault(pointer: str, code: str, detail: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, detail=detail)
