"""What other features read of the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import HouseholdSnapshotTaken
from servicekit.areas import NATION, prefix_of, range_of
from servicekit.db import array_text, copy_out
from servicekit.failpoints import failpoint_async
from servicekit.sql import listed
from sharing.directory import store
from sharing.directory.store import Registered as Registered
from sharing.directory.tables import duckdb_columns

_COUNTY_DIGITS = 6

# Tables of the directory as `export` writes them: name -> column -> its type in DuckDB, in order.
EXPORTED: Final[Mapping[str, Mapping[str, str]]] = {
    **{owner: duckdb_columns(owner) for owner in ("household", "person", "income")},
    # Tokens of a person under further keys, while the token key is being changed.
    "token": dict.fromkeys(("household_id", "person_id", "id_token", "person_token"), "VARCHAR"),
}


async def take_snapshots(session: AsyncSession, snapshots: Sequence[HouseholdSnapshotTaken]) -> list[str]:
    """Bring the directory to the newest state of each household (F-A06); give the households that changed."""
    if not snapshots:
        return []
    bodies = ",".join(snapshot.model_dump_json() for snapshot in snapshots)
    changed = await store.upsert_snapshots(session, f"[{bodies}]".encode())
    await failpoint_async("sharing.directory_applied")
    return changed


async def export(session: AsyncSession, folder: Path, area_code: str, households: Sequence[str] | None = None) -> None:
    """Copy the rows of an area's households, or of these, to `<name>.csv` in `folder`: as they are, and unjoined."""
    values = None
    if households is not None:
        only, values = " WHERE household_id = ANY(CAST(:households AS text[]))", {"households": array_text(households)}
    elif area_code == NATION:
        only = ""
    else:
        of_area = "SELECT household_id FROM directory_household WHERE area_code >= :low AND area_code < :high"
        only = f" WHERE household_id IN ({of_area})"
        values = dict(zip(("low", "high"), range_of(area_code), strict=True))
    for name, columns in EXPORTED.items():
        await copy_out(session, f"SELECT {listed(columns)} FROM directory_{name}{only}", values, folder / f"{name}.csv")


async def area_of(session: AsyncSession, household_id: str) -> str | None:
    """Give the village of a household; None where it is not known."""
    return await store.area_of(session, household_id)


async def active_areas(session: AsyncSession, area_code: str, households: Sequence[str] | None = None) -> list[str]:
    """Give the villages of active households: those of an area, or these."""
    return await store.active_areas(session, area_code, households)


async def all_areas(session: AsyncSession) -> list[str]:
    """Give the villages of all households, ended ones too."""
    return await store.all_areas(session)


async def id_tokens_of(session: AsyncSession, households: Sequence[str]) -> list[str]:
    """Give the ID tokens of the members of some households, under every key."""
    return await store.id_tokens_of(session, households)


async def county_of(session: AsyncSession, households: Sequence[str]) -> str:
    """Give the county that some households live in, or the smallest area that holds their counties."""
    return _county(await store.common_area(session, households))


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties that households live in."""
    return await store.counties(session)


async def narrowed(session: AsyncSession, area_code: str) -> str:
    """Give the county that all households of a larger area live in, if there is one; else the area itself."""
    if len(prefix_of(area_code)) >= _COUNTY_DIGITS:
        return area_code
    return max(area_code, _county(await store.common_area(session, within=area_code)))


def _county(area_code: str) -> str:
    return area_code[:_COUNTY_DIGITS].ljust(12, "0")


async def has_households_outside(session: AsyncSession, area_code: str) -> bool:
    """Tell whether any household lives outside an area."""
    return await store.has_households_outside(session, area_code)


async def registered_outside(session: AsyncSession, id_tokens: Sequence[str], area_code: str) -> list[str]:
    """Give those of `id_tokens` whose persons are registered, but nowhere in an area."""
    return await store.registered_outside(session, id_tokens, area_code)


async def persons_in(session: AsyncSession, area_code: str) -> int:
    """Count the members of an area's active households that have an ID number."""
    return await store.persons_in(session, area_code)


async def registered(
    session: AsyncSession, *, id_tokens: Sequence[str] = (), households: Sequence[str] = ()
) -> list[Registered]:
    """Give the members of active households that have one of these ID tokens, and those of these households."""
    return await store.registered(session, id_tokens=id_tokens, households=households)


async def townships_of(session: AsyncSession, id_tokens: Sequence[str], area_code: str) -> list[tuple[str, str]]:
    """Give `(id_token, township's first nine digits)` of those of `id_tokens` who are registered in an area."""
    return await store.townships_of(session, id_tokens, area_code)
