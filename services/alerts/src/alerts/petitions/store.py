"""Queries of petitions and public opinion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.petitions.schemas import PetitionFilter
from alerts.petitions.tables import Petition, PetitionStep
from contracts.vocabulary import Department
from servicekit import areas
from servicekit.auth import Principal
from servicekit.keys import Keyring

LATE = "p.state = 'open' AND p.due_on < :today"


async def get(session: AsyncSession, petition_id: str, *, lock: bool = False) -> Petition | None:
    """Give an item, locked until the transaction ends if it is to be changed."""
    return await session.get(Petition, petition_id, with_for_update=lock, populate_existing=lock)


async def is_known(session: AsyncSession, petition: Petition) -> bool:
    """Tell whether another item of the county has the ticket, of those that were not registered by mistake."""
    found = await session.execute(
        text(
            "SELECT 1 FROM petition WHERE county_code = :county AND source = :source AND ticket_no = :ticket"
            " AND id::text <> :own AND state <> 'withdrawn'"
        ),
        {
            "county": petition.county_code,
            "source": petition.source,
            "ticket": petition.ticket_no,
            "own": petition.id,
        },
    )
    return found.first() is not None


async def steps(session: AsyncSession, petition_id: str) -> list[PetitionStep]:
    """Give what became of an item, in order."""
    found = await session.execute(
        select(PetitionStep).where(col(PetitionStep.petition_id) == petition_id).order_by(col(PetitionStep.version))
    )
    return list(found.scalars())


async def holder(session: AsyncSession, duty_id: str) -> str | None:
    """Give who has a duty in hand."""
    found = await session.execute(text("SELECT holder FROM duty WHERE id = :id"), {"id": duty_id})
    return found.scalar_one_or_none()


async def clue_of(session: AsyncSession, source_id: str) -> dict[str, Any] | None:
    """Give the clue to which what an item said belongs now."""
    found = await session.execute(
        text(
            "SELECT c.id::text AS id, c.risk_type, c.state, c.result_reason, c.verified_at FROM clue_source s"
            " JOIN clue c ON c.id = s.clue_id WHERE s.id = CAST(:id AS uuid)"
        ),
        {"id": source_id},
    )
    row = found.mappings().first()
    return dict(row) if row else None


def _conditions(principal: Principal, wanted: PetitionFilter, today: date) -> tuple[str, dict[str, Any]]:
    scope, parameters = principal.within(wanted.area).area_clause("p.area_code")
    where, values = [scope], dict[str, Any](parameters)
    if principal.department not in (None, Department.PET):
        where.append("p.department = :own_department")
        values["own_department"] = principal.department
    for name in ("department", "source", "category", "state"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"p.{name} = :{name}")
            values[name] = value
    if wanted.overdue is not None:
        where.append(f"({LATE})" if wanted.overdue else f"NOT ({LATE})")
        values["today"] = today
    if wanted.reopened is not None:
        where.append("p.reopened > 0" if wanted.reopened else "p.reopened = 0")
    return " AND ".join(where), values


async def page(
    session: AsyncSession, principal: Principal, wanted: PetitionFilter, today: date, *, before: str | None, limit: int
) -> tuple[list[Petition], int]:
    """Give items of the caller's areas and department, the newest first, and how many there are."""
    where, values = _conditions(principal, wanted, today)
    number = await session.execute(text(f"SELECT count(*) FROM petition p WHERE {where}"), values)
    if before is not None:
        where += " AND p.id < CAST(:before AS uuid)"
        values["before"] = before
    query = select(Petition).from_statement(
        text(f"SELECT p.* FROM petition p WHERE {where} ORDER BY p.id DESC LIMIT :limit").bindparams(
            **values, limit=limit
        )
    )
    return list((await session.execute(query)).scalars()), int(number.scalar_one())


async def counts(session: AsyncSession, principal: Principal, wanted: PetitionFilter, today: date) -> Sequence[Any]:
    """Count items by category, source, state and area of the next level; what was registered by mistake is not."""
    where, values = _conditions(principal, wanted, today)
    digits = areas.digits_below(wanted.area or areas.common_root(*principal.areas))
    found = await session.execute(
        text(
            f"SELECT p.category, p.source, p.state, rpad(left(p.area_code, {digits:d}), 12, '0') AS area_code,"
            f" count(*) AS petitions, count(*) FILTER (WHERE {LATE}) AS overdue,"
            " count(*) FILTER (WHERE p.reopened > 0) AS reopened,"
            " count(*) FILTER (WHERE p.answered_on IS NOT NULL) AS answered,"
            " count(*) FILTER (WHERE p.satisfaction = 'dissatisfied') AS dissatisfied"
            f" FROM petition p WHERE {where} AND p.state <> 'withdrawn' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        ),
        values | {"today": today},
    )
    return found.mappings().all()


def petitioner_place(petition_id: str) -> str:
    """Give the associated data that binds a petitioner's ciphertext to its row."""
    return f"petition|petitioner|{petition_id}"


_STALE = """
SELECT id::text AS id, petitioner FROM petition
WHERE NOT starts_with(petitioner, :prefix) ORDER BY id LIMIT :limit FOR UPDATE
"""
_RENEW = """
UPDATE petition p SET petitioner = n.petitioner
FROM unnest(CAST(:ids AS uuid[]), CAST(:sealed AS text[])) AS n (id, petitioner) WHERE p.id = n.id
"""


async def reseal(session: AsyncSession, ring: Keyring, limit: int) -> int:
    """Seal petitioners anew with the current key, of so many rows; give how many there were."""
    cipher = ring.cipher()
    rows = (await session.execute(text(_STALE), {"prefix": cipher.prefix, "limit": limit})).all()
    sealed = [cipher.renew(row.petitioner, petitioner_place(row.id)) for row in rows]
    await session.execute(text(_RENEW), {"ids": [row.id for row in rows], "sealed": sealed})
    return len(rows)


async def sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the items whose petitioner is sealed with a key."""
    found = await session.execute(
        text("SELECT count(*) FROM petition WHERE starts_with(petitioner, :prefix)"), {"prefix": prefix}
    )
    return int(found.scalar_one())
