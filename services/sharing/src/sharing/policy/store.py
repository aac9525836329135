"""Policy profiles as the registry announced them: every version, so that old periods stay explainable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import PolicyProfileActivated
from servicekit.db import raw


@dataclass(frozen=True)
class StoredProfile:
    """A version of a region's profile."""

    region: str
    version: int
    effective_from: date
    parameters: dict[str, Any]


async def upsert_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated]) -> None:
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


async def profiles(session: AsyncSession) -> list[StoredProfile]:
    """Give every version of every region's profile; they are few."""
    connection = await raw(session)
    async with connection.cursor(row_factory=class_row(StoredProfile)) as cursor:
        await cursor.execute("SELECT region, version, effective_from, parameters FROM policy_profile")
        return await cursor.fetchall()
