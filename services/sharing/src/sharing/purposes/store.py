"""Queries of the purpose ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit.auth import Principal
from servicekit.db import execute
from sharing.purposes.schemas import ReceiptQuery
from sharing.purposes.tables import ProvisionRecall

_COLUMNS = (
    "id", "agreement_id", "terms", "product", "mode", "provider", "receiver", "client_id", "actor", "purpose",
    "legal_basis", "fields", "area_codes", "as_of", "rows", "sha256", "at",
)  # fmt: skip
_ADD = (
    f"INSERT INTO provision_receipt ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
    " RETURNING no"
)
# One statement, whatever the number of rows. Of a row about a household each member is told of.
_PERSONS = """
INSERT INTO provision_person (person_id, receipt_no, household_id)
SELECT DISTINCT coalesce(s.person_id, p.person_id), CAST(:no AS bigint), s.household_id
FROM ({source}) s LEFT JOIN directory_person p ON s.person_id IS NULL AND p.household_id = s.household_id
WHERE coalesce(s.person_id, p.person_id) IS NOT NULL
ORDER BY 1
"""
_SEEN = f"""
SELECT r.no, {", ".join(f"r.{name}" for name in _COLUMNS)}, c.receipt_no IS NOT NULL AS is_recalled, c.person_ids,
    c.why, c.recalled_by, c.recalled_at, c.acknowledged_by, c.acknowledged_at, c.note{{more}}
FROM provision_receipt r LEFT JOIN provision_recall c ON c.receipt_no = r.no{{joined}}
"""
_OWN = "(CAST(:own AS text) IS NULL OR :own IN (r.provider, r.receiver))"


async def record(session: AsyncSession, receipt: Mapping[str, Any], source: str, values: Mapping[str, Any]) -> int:
    """Add a receipt and whom it is about; give how many persons.

    Args:
        source: A query of our own code that gives `household_id` and `person_id` (null: the household as a whole).
    """
    added = await execute(session, _ADD, receipt)
    [(number,)] = await added.fetchall()
    persons = await execute(session, _PERSONS.format(source=source), {**values, "no": number})
    return persons.rowcount


async def rows_since(session: AsyncSession, agreement_id: str, since: datetime) -> int:
    """Count the rows that left under an agreement since an instant."""
    found = await execute(
        session,
        "SELECT coalesce(sum(rows), 0) FROM provision_receipt WHERE agreement_id = :id AND at >= :since",
        {"id": agreement_id, "since": since},
    )
    [(rows,)] = await found.fetchall()
    return int(rows)


async def receipt(session: AsyncSession, receipt_id: str) -> dict[str, Any] | None:
    """Give a receipt with its recall; None if there is none."""
    query = _SEEN.format(more="", joined="") + " WHERE r.id = :id"
    found = await execute(session, query, {"id": receipt_id}, row_factory=dict_row)
    row: dict[str, Any] | None = await found.fetchone()
    return row


async def receipts(
    session: AsyncSession, principal: Principal, wanted: ReceiptQuery, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Give receipts of the caller's department and areas, the newest first."""
    area, parameters = principal.area_clause('code COLLATE "C"')
    where = [f"EXISTS (SELECT FROM unnest(r.area_codes) AS code WHERE {area})", _OWN]
    values: dict[str, Any] = {**parameters, "own": _department(principal), "limit": limit}
    if wanted.agreement_id is not None:
        where.append("r.agreement_id = :agreement")
        values["agreement"] = wanted.agreement_id
    if wanted.recall is not None:
        is_done = "NOT" if wanted.recall == "acknowledged" else ""
        where.append(f"c.receipt_no IS NOT NULL AND c.acknowledged_at IS {is_done} NULL")
    if before is not None:
        where.append("r.no < :before")
        values["before"] = before
    query = f"{_SEEN.format(more='', joined='')} WHERE {' AND '.join(where)} ORDER BY r.no DESC LIMIT :limit"
    return list(await (await execute(session, query, values, row_factory=dict_row)).fetchall())


async def of_person(
    session: AsyncSession, principal: Principal, person_id: str, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Give what left about a person, the newest first, and how much there is; of a department, what it is a side of."""
    joined = " JOIN provision_person e ON e.receipt_no = r.no"
    values: dict[str, Any] = {"person": person_id, "own": _department(principal)}
    kept = f"e.person_id = :person AND {_OWN}"
    counted = await execute(session, f"SELECT count(*) FROM provision_receipt r{joined} WHERE {kept}", values)
    [(total,)] = await counted.fetchall()
    if before is not None:
        kept, values = f"{kept} AND r.no < :before", values | {"before": before}
    query = _SEEN.format(more=", e.household_id", joined=joined) + f" WHERE {kept} ORDER BY r.no DESC LIMIT :limit"
    found = await execute(session, query, values | {"limit": limit}, row_factory=dict_row)
    return list(await found.fetchall()), int(total)


# Where a person lives, or lived when something left about it last.
_AREAS = """
SELECT h.area_code FROM directory_person p JOIN directory_household h USING (household_id) WHERE p.person_id = :person
UNION SELECT h.area_code FROM provision_person e JOIN directory_household h USING (household_id)
WHERE e.person_id = :person AND NOT EXISTS (SELECT FROM directory_person p WHERE p.person_id = :person)
"""


async def areas_of(session: AsyncSession, person_id: str) -> list[str]:
    """Give the villages of a person; none of one that neither register nor ledger places."""
    return [code for (code,) in await (await execute(session, _AREAS, {"person": person_id})).fetchall()]


async def is_entered(session: AsyncSession, person_id: str) -> bool:
    """Tell whether anything left about a person."""
    query = "SELECT FROM provision_person WHERE person_id = :person LIMIT 1"
    return bool(await (await execute(session, query, {"person": person_id})).fetchall())


async def not_about(session: AsyncSession, number: int, person_ids: Sequence[str]) -> list[str]:
    """Give those of some persons whom a receipt is not about."""
    query = (
        "SELECT given FROM unnest(CAST(:persons AS text[])) AS given WHERE NOT EXISTS"
        " (SELECT FROM provision_person e WHERE e.person_id = given AND e.receipt_no = :no)"
    )
    found = await execute(session, query, {"persons": list(person_ids), "no": number})
    return [person for (person,) in await found.fetchall()]


async def recall(session: AsyncSession, number: int) -> ProvisionRecall | None:
    """Give the recall of a receipt, locked until the transaction ends."""
    found = await session.execute(
        select(ProvisionRecall).where(col(ProvisionRecall.receipt_no) == number).with_for_update()
    )
    return found.scalar_one_or_none()


def _department(principal: Principal) -> str | None:
    return principal.department.value if principal.department else None
