"""Queries of single households and persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import RowMapping, or_, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.vocabulary import LabourLevel, Relation, Relief
from registry.households.snapshot import AFTER
from registry.households.tables import Household, Person, QuotaAlert, Unmasking
from servicekit import locks

_HISTORY = f"""
SELECT r.version, r.replaced_at, r.replaced_by, r.cause, r.snapshot, {AFTER} AS after
FROM household_history r WHERE r.household_id = CAST(:id AS uuid) ORDER BY r.version DESC LIMIT :limit
"""


async def get(session: AsyncSession, household_id: str, *, lock: bool = False) -> Household | None:
    """Give a household, or None; fresh from the database."""
    statement = select(Household).where(Household.id == household_id).execution_options(populate_existing=True)
    return (await session.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()


async def has_running_episode(session: AsyncSession, household_id: str) -> bool:
    """Tell whether the household is being identified or monitored."""
    result = await session.execute(
        text("SELECT EXISTS (SELECT FROM episode WHERE household_id = CAST(:id AS uuid) AND is_active)"),
        {"id": household_id},
    )
    return bool(result.scalar_one())


async def hold_next(session: AsyncSession, after: str | None, limit: int) -> list[str]:
    """Give the ids of the households after an id, in order; nobody changes them until the transaction ends."""
    result = await session.execute(
        text(
            "SELECT id::text FROM household WHERE CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid)"
            " ORDER BY id LIMIT :limit FOR SHARE"
        ),
        {"after": after, "limit": limit},
    )
    return list(result.scalars())


async def labour_of(session: AsyncSession, household_id: str) -> tuple[list[LabourLevel], bool]:
    """Give the labour levels of the active members, and whether one has 低保 or 特困."""
    result = await session.execute(
        text("SELECT labour, relief FROM person WHERE household_id = CAST(:id AS uuid) AND is_active"),
        {"id": household_id},
    )
    members = result.all()
    has_relief = any(Relief(member.relief).is_allowance for member in members)
    return [LabourLevel(member.labour) for member in members], has_relief


async def area_is_valid_village(session: AsyncSession, code: str) -> bool:
    """Tell whether the code is a village that exists."""
    result = await session.execute(
        text("SELECT 1 FROM area WHERE code = :code AND level = 'village' AND valid_to IS NULL"), {"code": code}
    )
    return result.first() is not None


async def members(session: AsyncSession, household_id: str) -> list[Person]:
    """Give the active members in their order."""
    result = await session.execute(
        select(Person)
        .where(Person.household_id == household_id, col(Person.is_active))
        .order_by(col(Person.ordinal), col(Person.id))
        .execution_options(populate_existing=True)
    )
    return list(result.scalars())


async def people(session: AsyncSession, person_ids: Sequence[str]) -> list[Person]:
    """Give those of the persons that there are."""
    return list((await session.execute(select(Person).where(col(Person.id).in_(person_ids)))).scalars())


async def person(session: AsyncSession, person_id: str) -> tuple[Person, Household] | None:
    """Give a person with its household, or None."""
    result = await session.execute(
        select(Person, Household)
        .join(Household, col(Household.id) == col(Person.household_id))
        .where(Person.id == person_id)
    )
    row = result.first()
    return (row.Person, row.Household) if row else None


async def left_person(session: AsyncSession, joining: Person) -> Person | None:
    """Give whoever left a household with the numbers of somebody who joins one, the last time; None if nobody did."""
    keys = ("id_index", "id_index_even", "person_no")
    numbers = {name: value for name in keys if (value := getattr(joining, name)) is not None}
    if not numbers:
        return None
    result = await session.execute(
        select(Person)
        .where(col(Person.is_active).is_(False), col(Person.merged_into).is_(None))
        .where(or_(*(getattr(Person, name) == value for name, value in numbers.items())))
        .order_by(col(Person.left_on).desc().nulls_last(), col(Person.id).desc())
        .limit(1)
    )
    return result.scalars().first()


async def is_case_of(session: AsyncSession, household_id: UUID, case_id: UUID) -> bool:
    """Tell whether an episode or a clue of the household has this id."""
    result = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM episode WHERE id = :case AND household_id = :home)"
            " OR EXISTS (SELECT FROM clue WHERE clue_id = :case_text AND household_id = :home_text)"
        ),
        {"case": case_id, "home": household_id, "case_text": str(case_id), "home_text": str(household_id)},
    )
    return bool(result.scalar_one())


async def head(session: AsyncSession, household_id: UUID) -> Person | None:
    """Give the head of a household; None where nobody is."""
    result = await session.execute(
        select(Person)
        .where(Person.household_id == household_id, col(Person.is_active), Person.relation == Relation.HEAD.value)
        .order_by(col(Person.ordinal), col(Person.id))
        .limit(1)
    )
    return result.scalars().first()


async def is_member(session: AsyncSession, household_id: str, person_id: str) -> bool:
    """Tell whether the person is an active member of the household."""
    result = await session.execute(
        text(
            "SELECT 1 FROM person WHERE id = CAST(:person AS uuid) AND household_id = CAST(:household AS uuid)"
            " AND is_active"
        ),
        {"person": person_id, "household": household_id},
    )
    return result.first() is not None


async def history(session: AsyncSession, household_id: str, limit: int) -> Sequence[RowMapping]:
    """Give earlier versions, newest first, each with the snapshot of what came `after` it."""
    result = await session.execute(text(_HISTORY), {"id": household_id, "limit": limit})
    return result.mappings().all()


async def merged_into(session: AsyncSession, household_id: str) -> list[str]:
    """Give a household's id, and those of the households that were merged into it, and into those."""
    result = await session.execute(
        text(
            "WITH RECURSIVE family AS (SELECT CAST(:id AS uuid) AS id UNION SELECT c.household_id"
            " FROM family f JOIN identity_change c ON c.other_id = f.id AND c.kind = 'household_merged')"
            " SELECT id::text FROM family ORDER BY id <> CAST(:id AS uuid), id"
        ),
        {"id": household_id},
    )
    return list(result.scalars())


async def hold_looks(session: AsyncSession, actor: str) -> None:
    """Hold back other looks of the same person, or machine, until the transaction ends."""
    await locks.lock_on(session, locks.LockOn.UNMASKING, actor)


async def looks_since(session: AsyncSession, actor: str, since: datetime) -> int:
    """Count how often somebody has looked since an instant: at identities and contacts, at photos and scans.

    What a second person agreed to is counted by itself (`shown_in_bulk_since`).
    """
    result = await session.execute(
        text(
            "SELECT (SELECT count(*) FROM unmasking"
            " WHERE client_id = :actor AND unmasked_at >= :since AND request_id IS NULL)"
            " + (SELECT count(*) FROM attachment_look WHERE actor = :actor AND looked_at >= :since)"
        ),
        {"actor": actor, "since": since},
    )
    return int(result.scalar_one())


async def shown_in_bulk_since(session: AsyncSession, actor: str, since: datetime) -> int:
    """Count the persons whom somebody was shown by requests for many since an instant."""
    result = await session.execute(
        text(
            "SELECT count(*) FROM unmasking"
            " WHERE client_id = :actor AND unmasked_at >= :since AND request_id IS NOT NULL"
        ),
        {"actor": actor, "since": since},
    )
    return int(result.scalar_one())


async def record_quota_alert(session: AsyncSession, alert: QuotaAlert) -> None:
    """Keep that somebody came near a day's number of looks."""
    session.add(alert)
    await session.flush()


async def quota_alerts(session: AsyncSession, conditions: Sequence[str], values: dict[str, Any]) -> list[QuotaAlert]:
    """Give alerts `q`, the newest first, `:limit` at most."""
    query = f"SELECT q.* FROM quota_alert q WHERE {' AND '.join(conditions)} ORDER BY q.id DESC LIMIT :limit"
    found = await session.execute(select(QuotaAlert).from_statement(text(query).bindparams(**values)))
    return list(found.scalars())


async def record_unmasking(session: AsyncSession, entry: Unmasking) -> None:
    """Keep who looked, at whom, why and when."""
    session.add(entry)
    await session.flush()


def is_about_persons(error: IntegrityError | UniqueViolation) -> bool:
    """Tell whether a person would have been active in two households, or two persons had one number."""
    diagnostics = getattr(error.orig if isinstance(error, IntegrityError) else error, "diag", None)
    return getattr(diagnostics, "constraint_name", None) in (
        "person_id_index_key",
        "person_id_index_even_key",
        "person_person_no_key",
    )
