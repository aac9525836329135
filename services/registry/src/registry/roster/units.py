"""Use cases of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.roster import people, rules, store
from registry.roster.problems import UnitInUse, UnitInvalid, UnitNotFound
from registry.roster.rules import Place
from registry.roster.schemas import UnitIn, UnitOut, UnitPage, UnitPatch, UnitQuery
from registry.roster.tables import Unit
from servicekit import clock, etags, ids
from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.paging import encode_cursor


async def create(session: AsyncSession, principal: Principal, body: UnitIn) -> UnitOut:
    """Register a unit.

    Raises:
        OutsideArea
        UnitInvalid: the area is not there or has another level, or the department is missing or too much.
        UnitExists
    """
    principal.require_area(body.area_code)
    faults = rules.check_unit(Place(body.kind, body.area_code, body.department))
    if await store.area_level(session, body.area_code) is None:
        faults = [people.fault("area_code.unknown", "/area_code")]
    if faults:
        raise UnitInvalid("no unit of this kind can be there", errors=faults)
    unit = Unit(
        id=UUID(ids.new_id()),
        kind=body.kind.value,
        name=body.name,
        area_code=body.area_code,
        department=body.department.value if body.department else None,
        updated_at=clock.now(),
        updated_by=principal.actor,
    )
    session.add(unit)
    await people.flush(session)
    return out_of(unit)


async def patch(
    session: AsyncSession, principal: Principal, unit_id: UUID, body: UnitPatch, if_match: str | None
) -> UnitOut:
    """Rename a unit, end it or take it back.

    Raises:
        UnitNotFound, PreconditionRequired, PreconditionFailed, UnitExists
        UnitInUse: somebody active belongs to it.
    """
    unit = await _require(session, principal, unit_id, lock=True)
    etags.require_match(if_match, unit.version)
    if body.is_active is False and await store.is_in_use(session, unit_id, clock.today()):
        raise UnitInUse("somebody active belongs to it, or a term for it is not over")
    unit.name = body.name if body.name is not None else unit.name
    unit.is_active = body.is_active if body.is_active is not None else unit.is_active
    unit.version += 1
    unit.updated_at, unit.updated_by = clock.now(), principal.actor
    session.add(unit)
    await people.flush(session)
    return out_of(unit)


async def show(session: AsyncSession, principal: Principal, unit_id: UUID) -> UnitOut:
    """Give a unit.

    Raises:
        UnitNotFound
    """
    return out_of(await _require(session, principal, unit_id))


async def _require(session: AsyncSession, principal: Principal, unit_id: UUID, *, lock: bool = False) -> Unit:
    unit = await store.unit(session, unit_id, lock=lock)
    if unit is None or not principal.covers(unit.area_code):
        raise UnitNotFound("no such unit within your areas")
    return unit


async def page(session: AsyncSession, principal: Principal, wanted: UnitQuery, after: Sequence[str] | None) -> UnitPage:
    """Give a page of the units of the caller's areas, by area.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    clause, parameters = principal.area_clause("u.area_code")
    conditions, values = [clause], dict[str, Any](parameters)
    if wanted.area is not None:
        principal.require_area(wanted.area)
        values["low"], values["high"] = range_of(wanted.area)
        conditions.append("u.area_code >= :low AND u.area_code < :high")
    for column, value in (("kind", wanted.kind), ("department", wanted.department), ("is_active", wanted.active)):
        if value is not None:
            conditions.append(f"u.{column} = :{column}")
            values[column] = value
    rows, total = await store.units(session, conditions, values, after=after, limit=wanted.limit + 1)
    items = [UnitOut.model_validate(row) for row in rows[: wanted.limit]]
    is_last = len(rows) <= wanted.limit
    cursor = None if is_last else encode_cursor([items[-1].area_code, items[-1].id])
    return UnitPage(items=items, total=total, next_cursor=cursor)


def out_of(unit: Unit) -> UnitOut:
    """Give a row as it is shown."""
    return UnitOut.model_validate(unit.model_dump() | {"id": str(unit.id)})
