"""Queries of continuity: what refers to a household or a person goes where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.fields import HOUSEHOLD, names, plain
from registry.households.service import IdentityChange
from servicekit.sql import listed

_COPIED = [name for name in names(plain(HOUSEHOLD)) if name not in ("hh_no", "village_code", "grid")]


async def changes_of(session: AsyncSession, household_id: str) -> Sequence[IdentityChange]:
    """Give what happened to a household's identity, and to its members', newest first."""
    wanted = UUID(household_id)
    found = await session.execute(
        select(IdentityChange)
        .where(or_(col(IdentityChange.household_id) == wanted, col(IdentityChange.other_id) == wanted))
        .order_by(col(IdentityChange.id).desc())
    )
    return found.scalars().all()


async def active_cases(session: AsyncSession, household_ids: Sequence[str]) -> list[str]:
    """Give those of the households that have a case that is not over."""
    found = await session.execute(
        text("SELECT household_id::text FROM episode WHERE is_active AND household_id = ANY(CAST(:ids AS uuid[]))"),
        {"ids": list(household_ids)},
    )
    return list(found.scalars())


async def found_household(session: AsyncSession, source: str, household_id: str, hh_no: str, village_code: str) -> None:
    """Create a household like another one, under its own number and without members yet; of its grid in its village."""
    await session.execute(
        text(
            f"INSERT INTO household (id, hh_no, village_code, {listed(_COPIED)}, grid,"
            " population, created_at, updated_at)"
            f" SELECT CAST(:id AS uuid), :hh_no, :village, {listed(_COPIED)},"
            " CASE WHEN village_code = :village THEN grid END, 0, now(), now()"
            " FROM household WHERE id = CAST(:source AS uuid)"
        ),
        {"id": household_id, "hh_no": hh_no, "village": village_code, "source": source},
    )


async def move_cases(session: AsyncSession, household_id: str, into: str) -> None:
    """Give a household's cases, plans, tasks, measures and clues to another one, and what monitoring says of it."""
    values = {"old": household_id, "new": into}
    for table in ("episode", "plan", "measure", "plan_task"):
        await session.execute(
            text(f"UPDATE {table} SET household_id = CAST(:new AS uuid) WHERE household_id = CAST(:old AS uuid)"),
            values,
        )
    await session.execute(text("UPDATE clue SET household_id = :new WHERE household_id = :old"), values)
    await session.execute(
        text(
            "UPDATE household h SET is_monitored = true, monitor_category = o.monitor_category,"
            " open_risks = o.open_risks FROM household o"
            " WHERE h.id = CAST(:new AS uuid) AND o.id = CAST(:old AS uuid) AND o.is_monitored"
        ),
        values,
    )
    await session.execute(
        text(
            "UPDATE household SET is_monitored = false, monitor_category = NULL, open_risks = '{}'"
            " WHERE id = CAST(:old AS uuid)"
        ),
        values,
    )


_MOVE_PERSON = (
    "UPDATE measure SET person_id = CAST(:new AS uuid) WHERE person_id = CAST(:old AS uuid)",
    "UPDATE aid SET person_id = CAST(:new AS uuid) WHERE person_id = CAST(:old AS uuid)",
    "UPDATE plan_task SET person_id = CAST(:new AS uuid) WHERE person_id = CAST(:old AS uuid)",
    # The revisions of both, in the order in which they were made: the one that was made last holds. Numbered below
    # zero first, because the numbers of one person may not meet on the way.
    """UPDATE graduate_plan g SET person_id = CAST(:new AS uuid), version = -n.place FROM (
        SELECT person_id, version, row_number() OVER (ORDER BY recorded_at, person_id, version) AS place
        FROM graduate_plan WHERE person_id IN (CAST(:old AS uuid), CAST(:new AS uuid))) n
    WHERE n.person_id = g.person_id AND n.version = g.version""",
    "UPDATE graduate_plan SET version = -version WHERE person_id = CAST(:new AS uuid) AND version < 0",
)


async def move_person(session: AsyncSession, person_id: str, into: str) -> None:
    """Give what was done and planned for one record of a person to the other one."""
    for statement in _MOVE_PERSON:
        await session.execute(text(statement), {"old": person_id, "new": into})
