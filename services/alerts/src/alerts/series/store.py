"""Queries of series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.series.rules import Said
from alerts.series.schemas import SeriesQuery
from alerts.series.tables import SeriesEntry, SeriesValue
from servicekit import areas
from servicekit.auth import Principal

_STANDING = (
    "SELECT e.id::text AS id, e.kept_by, e.series, e.area_code, e.period, v.version, v.value, v.source, v.note,"
    " v.entered_by, v.entered_at FROM series_entry e"
    " JOIN series_value v ON v.entry_id = e.id AND v.version = e.version"
)


async def get(session: AsyncSession, entry_id: str, *, lock: bool = False) -> SeriesEntry | None:
    """Give an entry, locked until the transaction ends if it is to be changed."""
    return await session.get(SeriesEntry, entry_id, with_for_update=lock, populate_existing=lock)


async def versions(session: AsyncSession, entry_id: str) -> list[SeriesValue]:
    """Give every version of a value, the newest first."""
    found = await session.execute(
        select(SeriesValue).where(col(SeriesValue.entry_id) == entry_id).order_by(col(SeriesValue.version).desc())
    )
    return list(found.scalars())


async def known(session: AsyncSession, kept_by: str, given: Sequence[Said]) -> set[tuple[str, str, str]]:
    """Give which of these are entered; who asks is alone with the area's series until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"series {kept_by}"}
    )
    found = await session.execute(
        text(
            "SELECT e.series, e.area_code, e.period FROM series_entry e"
            " JOIN unnest(CAST(:series AS text[]), CAST(:areas AS text[]), CAST(:periods AS text[]))"
            " AS g (series, area_code, period)"
            " ON e.series = g.series AND e.area_code = g.area_code AND e.period = g.period"
            " WHERE e.kept_by = :kept_by"
        ),
        {
            "kept_by": kept_by,
            "series": [said.series for said in given],
            "areas": [said.area_code for said in given],
            "periods": [said.period for said in given],
        },
    )
    return {(series, area, period) for series, area, period in found}


def seen(principal: Principal) -> tuple[str, dict[str, Any]]:
    """Give the condition for what a caller may read: what its areas keep, and what those above them keep."""
    own, parameters = principal.area_clause("e.kept_by")
    above = sorted({code for root in principal.areas for code in chain(root)})
    return f"({own} OR e.kept_by = ANY(:above))", {**parameters, "above": above}


def chain(area_code: str) -> list[str]:
    """Give an area and all above it, from the nearest on."""
    found = [area_code]
    while (upper := areas.parent_of(found[-1])) is not None:
        found.append(upper)
    return found


async def page(
    session: AsyncSession, principal: Principal, wanted: SeriesQuery, *, before: str | None, limit: int
) -> tuple[Sequence[Any], int]:
    """Give values that the caller may read, the newest entry first, and how many there are."""
    scope, values = seen(principal)
    where = [scope]
    if wanted.kept_by is not None:
        low, high = areas.range_of(wanted.kept_by)
        where.append("e.kept_by >= :low AND e.kept_by < :high")
        values |= {"low": low, "high": high}
    for column, value in (("series", wanted.series), ("area_code", wanted.area), ("period", wanted.period)):
        if value is not None:
            where.append(f"e.{column} = :{column}")
            values[column] = value
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM series_entry e WHERE {condition}"), values)
    if before is not None:
        condition += " AND e.id < CAST(:before AS uuid)"
        values["before"] = before
    found = await session.execute(
        text(f"{_STANDING} WHERE {condition} ORDER BY e.id DESC LIMIT :limit"), values | {"limit": limit}
    )
    return found.mappings().all(), int(number.scalar_one())


async def held(session: AsyncSession, asked: Said) -> Any:
    """Give the value that stands, of the nearest area that keeps one; None where nobody does."""
    keepers = chain(asked.kept_by)
    found = await session.execute(
        text(
            f"{_STANDING} WHERE e.series = :series AND e.area_code = :area_code AND e.period = :period"
            " AND e.kept_by = ANY(:keepers) ORDER BY array_position(CAST(:keepers AS text[]), e.kept_by) LIMIT 1"
        ),
        {"series": asked.series, "area_code": asked.area_code, "period": asked.period, "keepers": keepers},
    )
    return found.mappings().one_or_none()
