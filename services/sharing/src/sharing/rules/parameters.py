"""What a region's policy profile says on a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import PolicyProfileActivated
from servicekit.db import raw
from sharing.rules.declared import Profile, Value, resolve

__all__ = ["Profile", "parameters_at", "profiles_at", "store_profiles"]


async def store_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated]) -> None:
    """Keep profiles; the same version again replaces itself."""
    connection = await raw(session)
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO policy_profile (region, version, effective_from, source_document, parameters)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (region, version) DO UPDATE SET effective_from = EXCLUDED.effective_from,"
            " source_document = EXCLUDED.source_document, parameters = EXCLUDED.parameters",
            [
                (
                    profile.region,
                    profile.version,
                    profile.effective_from,
                    profile.source_document,
                    Jsonb(profile.model_dump(mode="json")["parameters"]),
                )
                for profile in profiles
            ],
        )


async def profiles_at(session: AsyncSession, regions: Iterable[str], on: date) -> dict[str, Profile]:
    """Give the profile of each region on a date: its own, completed by those of its ancestors.

    A region without a profile has its nearest ancestor's; a name that no profile sets has its declared default.
    """
    connection = await raw(session)
    cursor = await connection.execute(
        "SELECT DISTINCT ON (region) region, version, parameters FROM policy_profile"
        " WHERE effective_from <= %s ORDER BY region, effective_from DESC, version DESC",
        (on,),
    )
    stored: dict[str, tuple[int, Mapping[str, Value]]] = {
        region: (version, parameters) for region, version, parameters in await cursor.fetchall()
    }
    return {region: resolve(region, stored) for region in regions}


async def parameters_at(session: AsyncSession, region: str, on: date) -> Profile:
    """Give the profile that holds in `region` on a date; see `profiles_at`."""
    return (await profiles_at(session, [region], on))[region]
