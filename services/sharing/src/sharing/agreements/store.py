"""Queries of agreements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit.auth import Principal
from sharing.agreements.schemas import AgreementQuery
from sharing.agreements.tables import Agreement, AgreementTerms

# As `rules.state_of` says it.
_STATE = """
CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked'
     WHEN held.number IS NOT NULL THEN CASE WHEN held.ends_on >= :today THEN 'active' ELSE 'ended' END
     WHEN EXISTS (SELECT FROM agreement_terms t WHERE t.agreement_id = a.id AND t.state = 'approved') THEN 'approved'
     ELSE newest.state END
"""
_FROM = """
FROM agreement a
JOIN LATERAL (SELECT t.state FROM agreement_terms t WHERE t.agreement_id = a.id
              ORDER BY t.number DESC LIMIT 1) newest ON true
LEFT JOIN LATERAL (SELECT t.number, t.ends_on FROM agreement_terms t
                   WHERE t.agreement_id = a.id AND t.state = 'approved' AND t.valid_from <= :today
                   ORDER BY t.number DESC LIMIT 1) held ON true
"""


async def get(session: AsyncSession, agreement_id: str, *, lock: bool = False) -> Agreement | None:
    """Give an agreement, locked until the transaction ends if it is to be changed, or drawn on."""
    return await session.get(Agreement, agreement_id, with_for_update=lock, populate_existing=lock)


async def fresh(session: AsyncSession, agreement_id: str) -> Agreement | None:
    """Give an agreement as it is at this instant, whatever the session has seen of it."""
    return await session.get(Agreement, agreement_id, populate_existing=True)


async def terms_of(session: AsyncSession, agreement_ids: Sequence[str]) -> dict[str, list[AgreementTerms]]:
    """Give the versions of agreements, the newest first."""
    found: dict[str, list[AgreementTerms]] = {agreement_id: [] for agreement_id in agreement_ids}
    rows = await session.execute(
        select(AgreementTerms)
        .where(col(AgreementTerms.agreement_id).in_(list(agreement_ids)))
        .order_by(col(AgreementTerms.number).desc())
        .execution_options(populate_existing=True)
    )
    for row in rows.scalars():
        found[row.agreement_id].append(row)
    return found


async def page(
    session: AsyncSession, principal: Principal, wanted: AgreementQuery, today: date, before: str | None, limit: int
) -> tuple[list[Agreement], int]:
    """Give agreements of the caller's department and areas, the newest first, and how many there are.

    Args:
        principal: The caller within `wanted.area`.
    """
    area, parameters = principal.area_clause('code COLLATE "C"')
    values: dict[str, Any] = {**parameters, "today": today}
    where = [
        f"EXISTS (SELECT FROM agreement_terms t, unnest(t.area_codes) AS code WHERE t.agreement_id = a.id AND {area})"
    ]
    for condition, name, value in (
        (":own IN (a.provider, a.receiver)", "own", principal.department and principal.department.value),
        (":department IN (a.provider, a.receiver)", "department", wanted.department and wanted.department.value),
        ("a.product = :product", "product", wanted.product),
        (f"({_STATE}) = :state", "state", wanted.state),
    ):
        if value is not None:
            where.append(condition)
            values[name] = value
    kept = " AND ".join(where)
    total = (await session.execute(text(f"SELECT count(*) {_FROM} WHERE {kept}"), values)).scalar_one()
    if before is not None:
        kept, values = f"{kept} AND a.id < :before", values | {"before": before}
    found = await session.execute(
        text(f"SELECT a.id {_FROM} WHERE {kept} ORDER BY a.id DESC LIMIT :limit"), values | {"limit": limit}
    )
    ids = list(found.scalars())
    rows = await session.execute(select(Agreement).where(col(Agreement.id).in_(ids)).order_by(col(Agreement.id).desc()))
    return list(rows.scalars()), int(total)
