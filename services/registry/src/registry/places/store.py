"""Queries of groups, grids and sites."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.area_vocabulary import PlaceKind
from contracts.vocabulary import HouseholdStatus, StaffRole
from registry.area_path import path_of
from registry.place_names import NAMED_BY, unknown
from registry.places.tables import Place
from servicekit import locks
from servicekit.event_sql import Fields, json_object

# A grid worker's only place is the grid.
IN_GRID = f"p.kind = '{PlaceKind.GRID}' AND p.name = :own_grid"

_ACTIVE = f"h.status = '{HouseholdStatus.ACTIVE}'"
# One part a kind, each with an index of its own; the others are not carried out.
_HERE = " UNION ALL ".join(
    f"SELECT h.id, h.population FROM household h WHERE p.kind = '{kind}' AND h.{field} = p.name AND {_ACTIVE} AND "
    + ("left(h.village_code, 6) = p.scope" if kind == PlaceKind.SITE else "h.village_code = p.village_code")
    for kind, field in NAMED_BY.items()
)
_RUNS = "a.first_on <= :day AND coalesce(a.last_on >= :day, true)"
_WORKERS = f"""(SELECT coalesce(json_agg(json_build_object('staff_id', w.staff_id, 'name', w.name) ORDER BY w.staff_id),
    '[]'::json) FROM (SELECT DISTINCT a.staff_id, s.name FROM appointment a JOIN staff s ON s.id = a.staff_id
    WHERE p.kind = '{PlaceKind.GRID}' AND a.role = '{StaffRole.GRID}' AND a.area_code = p.village_code
      AND a.grid = p.name AND {_RUNS}) w)"""
_VALID = "{0}.valid_from <= :day AND coalesce({0}.valid_to >= :day, true)"
_GRIDS = f"""(SELECT count(*) FROM place g WHERE p.kind = '{PlaceKind.SITE}' AND g.kind = '{PlaceKind.GRID}'
    AND left(g.village_code, 6) = p.scope AND g.site = p.name AND {_VALID.format("g")})"""
_SHOWN: Fields = {
    **{name: f"p.{name}" for name in Place.model_fields if name not in ("village_code", "scope")},
    "area_code": "p.village_code",
    "area_path": path_of("p.village_code"),
    "households": "n.households",
    "persons": "n.persons",
    "workers": _WORKERS,
    "grids": _GRIDS,
}
_PAGE = f"""
SELECT {json_object(_SHOWN)} FROM place p
LEFT JOIN LATERAL (SELECT count(*) AS households, coalesce(sum(f.population), 0) AS persons FROM ({_HERE}) f) n ON true
WHERE {{where}} ORDER BY p.village_code, p.kind, p.id LIMIT :limit"""


async def hold(session: AsyncSession) -> None:
    """Let nobody else change places or areas until the transaction ends."""
    await locks.lock(session, locks.Lock.AREAS)


async def page(
    session: AsyncSession, conditions: Sequence[str], values: dict[str, Any], *, limit: int
) -> list[dict[str, Any]]:
    """Give places `p` as they are shown, by village, kind and id; `:day` is whose grid workers count."""
    where = " AND ".join(conditions)
    return list((await session.execute(text(_PAGE.format(where=where)), values | {"limit": limit})).scalars())


def valid() -> str:
    """Give the condition that a place `p` is there on `:day`."""
    return _VALID.format("p")


async def get(session: AsyncSession, place_id: UUID) -> Place | None:
    """Give a place as it is now, or None."""
    return await session.get(Place, place_id, populate_existing=True)


async def sharing(session: AsyncSession, scopes: Collection[str]) -> list[Place]:
    """Give every place whose name is to be the only one in one of these scopes."""
    found = await session.execute(
        select(Place).where(col(Place.scope).in_(sorted(scopes))).execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def villages(session: AsyncSession, codes: Collection[str], today: date) -> set[str]:
    """Give those of the areas that are villages and not over."""
    found = await session.execute(
        text(
            "SELECT code FROM area WHERE code = ANY(CAST(:codes AS text[])) AND level = 'village'"
            " AND coalesce(valid_to >= :today, true)"
        ),
        {"codes": sorted(codes), "today": today},
    )
    return set(found.scalars())


async def is_named(session: AsyncSession, place: Place, last_on: date) -> bool:
    """Tell whether a household names a place, a term of its grid runs after a day, or a grid stands in a site."""
    found = await session.execute(
        text(
            f"SELECT EXISTS ({_HERE}) OR EXISTS (SELECT FROM appointment a WHERE p.kind = '{PlaceKind.GRID}'"
            " AND a.area_code = p.village_code AND a.grid = p.name AND coalesce(a.last_on > :last_on, true))"
            f" OR EXISTS (SELECT FROM place g WHERE p.kind = '{PlaceKind.SITE}' AND left(g.village_code, 6) = p.scope"
            " AND g.site = p.name AND coalesce(g.valid_to > :last_on, true)) FROM place p WHERE p.id = :id"
        ),
        {"id": place.id, "last_on": last_on},
    )
    return bool(found.scalar_one())


async def unknown_names(
    session: AsyncSession, kind: PlaceKind, named: Collection[tuple[str, str]], today: date
) -> set[tuple[str, str]]:
    """Give those of the villages and names that `unknown` holds of."""
    given = sorted(named)
    found = await session.execute(
        text(
            "SELECT n.village, n.name"
            " FROM unnest(CAST(:villages AS text[]), CAST(:names AS text[])) AS n (village, name)"
            f" WHERE {unknown(kind, 'n.village', 'n.name')}"
        ),
        {"villages": [village for village, _ in given], "names": [name for _, name in given], "today": today},
    )
    return {(row.village, row.name) for row in found}


async def unlisted(
    session: AsyncSession, kind: PlaceKind, clause: tuple[str, dict[str, Any]], values: dict[str, Any]
) -> Sequence[Any]:
    """Give the names that active households write and no place of a kind has, by village and name.

    Args:
        clause: The caller's areas over `h.village_code`.
        values: `today`, `limit`, and `after_village`, `after` or null.
    """
    field = f"h.{NAMED_BY[kind]}"
    scope = "left(h.village_code, 6)" if kind == PlaceKind.SITE else "h.village_code"
    found = await session.execute(
        text(
            f"SELECT n.*, {path_of('n.area_code')} AS area_path FROM (SELECT h.village_code AS area_code,"
            f" {field} AS name, count(*) AS households FROM household h WHERE {_ACTIVE} AND {field} <> ''"
            f" AND {clause[0]} AND NOT EXISTS (SELECT FROM place k WHERE k.kind = '{kind}' AND k.scope = {scope}"
            f" AND k.name = {field} AND k.valid_from <= :today AND coalesce(k.valid_to >= :today, true))"
            f" AND (CAST(:after AS text) IS NULL OR (h.village_code, {field}) > (:after_village, :after))"
            f" GROUP BY 1, 2 ORDER BY 1, 2 LIMIT :limit) n ORDER BY n.area_code, n.name"
        ),
        {**clause[1], **values},
    )
    return found.mappings().all()


async def of_village(session: AsyncSession, village: str, since: date) -> list[Place]:
    """Give the places of a village that are there on a day or later."""
    found = await session.execute(
        select(Place)
        .where(Place.village_code == village, text("coalesce(valid_to >= :since, true)").bindparams(since=since))
        .order_by(col(Place.id))
        .execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def households_of(session: AsyncSession, place_ids: Sequence[str]) -> list[str]:
    """Give the households of the village, ended ones too, that name one of its groups, grids or sites."""
    named = " OR ".join(f"(p.kind = '{kind}' AND h.{field} = p.name)" for kind, field in NAMED_BY.items())
    found = await session.execute(
        text(
            "SELECT DISTINCT h.id::text FROM place p JOIN household h ON h.village_code = p.village_code"
            f" WHERE p.id = ANY(CAST(:ids AS uuid[])) AND ({named}) ORDER BY 1"
        ),
        {"ids": list(place_ids)},
    )
    return list(found.scalars())


async def leave_grids(session: AsyncSession, household_ids: Sequence[str], day: date) -> None:
    """Let households, which are locked and are in another village now, forget a grid that is not one of it."""
    await session.execute(
        text(
            "UPDATE household h SET grid = NULL WHERE h.id = ANY(CAST(:ids AS uuid[])) AND h.grid IS NOT NULL"
            f" AND NOT EXISTS (SELECT FROM place p WHERE p.kind = '{PlaceKind.GRID}' AND p.name = h.grid"
            f" AND p.village_code = h.village_code AND {valid()})"
        ),
        {"ids": list(household_ids), "day": day},
    )


async def end_in_closed(session: AsyncSession, today: date) -> None:
    """End the places of villages that are over and where nobody is registered any more."""
    await session.execute(
        text(
            "UPDATE place p SET valid_to = greatest(p.valid_from, v.valid_to), version = p.version + 1,"
            " updated_at = now() FROM area v WHERE v.code = p.village_code AND v.valid_to < :today"
            " AND coalesce(p.valid_to > v.valid_to, true)"
            f" AND NOT EXISTS (SELECT FROM household h WHERE h.village_code = v.code AND {_ACTIVE})"
            " AND NOT EXISTS (SELECT FROM area_succession s WHERE s.from_code = v.code AND s.applied_at IS NULL)"
        ),
        {"today": today},
    )
