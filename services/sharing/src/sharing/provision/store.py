"""Statements of provision: rows of a product within what an agreement covers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.db import array_text, execute, raw
from sharing.products.service import Product, ProductField

_AT_A_TIME = 2000


@dataclass(frozen=True)
class Rows:
    """The query of a product's rows: `household_id`, `person_id`, `place` and the fields, and its parameters."""

    sql: str
    values: dict[str, Any]
    fields: tuple[ProductField, ...]


def rows_of(product: Product, fields: Sequence[str], areas: Sequence[str], principal: Principal) -> Rows:
    """Write the query of what a receiver may have: rows of the product, in covered areas that are its own as well.

    Args:
        principal: The caller within the area that it asks for.
    """
    own, parameters = principal.area_clause("h.area_code")
    values: dict[str, Any] = dict(parameters)
    reach = []
    for place, code in enumerate(areas):
        values[f"reach_low_{place}"], values[f"reach_high_{place}"] = range_of(code)
        reach.append(f"(h.area_code >= :reach_low_{place} AND h.area_code < :reach_high_{place})")
    given = product.declared(tuple(fields))
    columns = "".join(f', {field.sql} AS "{field.name}"' for field in given)
    person, joined = "CAST(NULL AS text)", ""
    if product.subject == "person":
        person, joined = "p.person_id", " JOIN directory_person p ON p.household_id = h.household_id"
    sql = (
        f"SELECT h.household_id, {person} AS person_id, h.area_code AS place{columns}"
        f" FROM directory_household h{joined} WHERE h.status = 'active' AND ({product.condition})"
        f" AND {own} AND ({' OR '.join(reach) or 'false'})"
    )
    return Rows(sql, values, given)


async def one_at_a_time(session: AsyncSession, agreement_id: str) -> None:
    """Let one caller draw on an agreement at a time, until the transaction ends: its quota is not used twice."""
    await execute(session, "SELECT pg_advisory_xact_lock(hashtextextended(:id, 811))", {"id": agreement_id})


async def holds_for(session: AsyncSession, rows: Rows, households: Sequence[str], persons: Sequence[str]) -> bool:
    """Tell whether there is a row of any of these persons, each of its household."""
    found = await execute(
        session,
        f"SELECT EXISTS (SELECT FROM ({rows.sql}) r JOIN unnest(CAST(:households AS text[]), CAST(:persons AS text[]))"
        " AS k (household_id, person_id) USING (household_id, person_id))",
        rows.values | {"households": array_text(households), "persons": array_text(persons)},
    )
    [(holds,)] = await found.fetchall()
    return bool(holds)


async def page(
    session: AsyncSession, rows: Rows, after: tuple[str, str, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Give rows by village, household and person, after a place in that order."""
    kept, values = "", {**rows.values, "limit": limit}
    if after is not None:
        kept = " WHERE (r.place, r.household_id, coalesce(r.person_id, '')) > (:place, :household, :person)"
        values |= dict(zip(("place", "household", "person"), after, strict=True))
    query = (
        f"SELECT * FROM ({rows.sql}) r{kept} ORDER BY r.place, r.household_id, coalesce(r.person_id, '') LIMIT :limit"
    )
    return list(await (await execute(session, query, values, row_factory=dict_row)).fetchall())


async def set_aside(session: AsyncSession, rows: Rows) -> int:
    """Keep all rows of a file as they are at this instant, until the transaction ends; give how many."""
    made = await execute(session, f"CREATE TEMP TABLE provided ON COMMIT DROP AS {rows.sql}", rows.values)
    return made.rowcount


SET_ASIDE = "SELECT household_id, person_id FROM provided"


async def all_set_aside(session: AsyncSession) -> AsyncIterator[list[dict[str, Any]]]:
    """Give what was set aside, some at a time, in constant memory."""
    connection = await raw(session)
    async with connection.cursor(name="provided", row_factory=dict_row) as cursor:
        await cursor.execute("SELECT * FROM provided ORDER BY place, household_id, person_id")
        while found := await cursor.fetchmany(_AT_A_TIME):
            yield list(found)


# A number for each row that is new or other than it was told last, and for each that is not there any more. One caller
# at a time draws on an agreement, so numbers become visible in their order.
_FOLLOW = """
WITH now AS MATERIALIZED (
    SELECT r.household_id, coalesce(r.person_id, '') AS person_id, md5(CAST(to_jsonb(r) - 'place' AS text)) AS digest
    FROM ({rows}) r
), told AS (
    INSERT INTO provision_feed AS f (agreement_id, household_id, person_id, number, digest)
    SELECT :agreement, n.household_id, n.person_id, nextval('provision_feed_number'), n.digest FROM now n
    WHERE NOT EXISTS (SELECT FROM provision_feed t WHERE t.agreement_id = :agreement
                      AND t.household_id = n.household_id AND t.person_id = n.person_id AND t.digest = n.digest)
    ON CONFLICT (agreement_id, household_id, person_id) DO UPDATE SET number = EXCLUDED.number, digest = EXCLUDED.digest
)
UPDATE provision_feed f SET number = nextval('provision_feed_number'), digest = NULL
WHERE f.agreement_id = :agreement AND f.digest IS NOT NULL
  AND NOT EXISTS (SELECT FROM now n WHERE n.household_id = f.household_id AND n.person_id = f.person_id)
"""
# What is in the product is shown as it is now; who is gone is told by id alone.
_CHANGES = """
SELECT f.number, f.household_id, nullif(f.person_id, '') AS person_id, r.household_id IS NULL AS is_gone{columns}
FROM (SELECT * FROM provision_feed WHERE agreement_id = :agreement AND number > :after
      ORDER BY number LIMIT :limit) f
LEFT JOIN ({rows}) r ON r.household_id = f.household_id AND coalesce(r.person_id, '') = f.person_id
ORDER BY f.number
"""


async def follow(session: AsyncSession, agreement_id: str, rows: Rows) -> None:
    """Number what has changed for an agreement since somebody looked last."""
    await execute(session, _FOLLOW.format(rows=rows.sql), rows.values | {"agreement": agreement_id})


async def changes(session: AsyncSession, agreement_id: str, rows: Rows, after: int, limit: int) -> list[dict[str, Any]]:
    """Give what was numbered after a number, each as it is now."""
    columns = "".join(f', r."{field.name}"' for field in rows.fields)
    found = await execute(
        session,
        _CHANGES.format(rows=rows.sql, columns=columns),
        rows.values | {"agreement": agreement_id, "after": after, "limit": limit},
        row_factory=dict_row,
    )
    return list(await found.fetchall())
