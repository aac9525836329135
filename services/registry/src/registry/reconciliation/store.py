"""Queries of reconciliations: the comparison, the lists, what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.vocabulary import Relation
from registry.reconciliation import now_sql, sealed, sql
from registry.reconciliation.tables import Difference, Reconciliation
from registry.settings import IdentityKeys

Clause = tuple[str, dict[str, str]]

_AT_A_TIME: Final = 1_000
_STATES: Final = ("open", "accepted", "ignored", "gone")
_COUNTED: Final = ", ".join(f"count(*) FILTER (WHERE d.state = '{state}') AS {state}" for state in _STATES)


async def match(session: AsyncSession, own: Clause) -> Sequence[RowMapping]:
    """Find which registered household and person each staged one is; give pairs that no number tells apart.

    Args:
        own: The caller's areas, a condition over a household `h`: of what lies outside, nothing is told.
    """
    condition, parameters = own
    for statement in (sql.TWINS, sql.CANDIDATES):
        await session.execute(text(statement.format(own=condition)), parameters)
    for statement in (*sql.INDEX, sql.AMBIGUOUS, sql.KNOWN, *sql.ANALYZE, sql.TWINS_BY_MEMBERS):
        await session.execute(text(statement))
    return (await session.execute(text(sql.UNTOLD))).mappings().all()


async def keep_known(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> None:
    """Note that staged persons are registered ones."""
    columns = {"staged": [staged for staged, _ in pairs], "persons": [person for _, person in pairs]}
    await session.execute(text(sql.KEEP_KNOWN), columns)


async def villages(session: AsyncSession) -> list[str]:
    """Give the villages that the export names."""
    return list((await session.execute(text(sql.VILLAGES))).scalars())


async def counts(session: AsyncSession) -> dict[str, Any]:
    """Count what was compared, and what was refused."""
    return dict((await session.execute(text(sql.COUNTS))).mappings().one())


async def keep(session: AsyncSession, made: Reconciliation, keys: IdentityKeys, own: Clause) -> None:
    """Keep a reconciliation with all of its differences, and settle what earlier ones said of the same."""
    condition, parameters = own
    session.add(made)
    await session.flush()
    of_it = {"id": str(made.id)}
    for statement in sql.PLAIN:
        await session.execute(text(statement), of_it)
    alone = sql.HOUSEHOLDS_OF_REGISTER.format(own=condition)
    await session.execute(text(alone), {**parameters, **of_it, "villages": made.villages})
    for query, compare in ((sql.CONTACTS, sealed.of_contacts), (sql.IDENTITIES, sealed.of_identities)):
        after = ""
        while rows := (await session.execute(text(query), {"after": after, "limit": _AT_A_TIME})).mappings().all():
            if found := compare(keys, rows):
                await session.execute(text(sql.ADD_SEALED), of_it | {"rows": orjson.dumps(found).decode()})
            after = rows[-1]["staged_id"]
    await session.execute(text(sql.STILL_IGNORED), of_it)
    await session.execute(text(sql.SUPERSEDED), of_it)
    await session.execute(text(sql.NO_LONGER_ALONE), {**of_it, "villages": made.villages})


async def catch_up(session: AsyncSession, keys: IdentityKeys, reconciliation_id: str) -> None:
    """Hold the differences that wait against the register as it is now."""
    of_it = {"id": reconciliation_id}
    await session.execute(text("SELECT FROM reconciliation WHERE id = CAST(:id AS uuid) FOR UPDATE"), of_it)
    for statement in now_sql.ALONE:
        await session.execute(text(statement), of_it)
    for statement in now_sql.FIELDS:
        await session.execute(text(statement), of_it)
    rows = (await session.execute(text(now_sql.SEALED), of_it)).mappings().all()
    for first in range(0, len(rows), _AT_A_TIME):
        held = sealed.again(keys, rows[first : first + _AT_A_TIME])
        await session.execute(text(now_sql.SET_SEALED), {"rows": orjson.dumps(held).decode()})
    await session.execute(text(now_sql.COMPARED), of_it)


# A moved household takes its differences along: where it is registered now is whose they are.
_FROM = "reconciliation_difference d LEFT JOIN household h ON h.id = d.household_id"
AREA = "coalesce(h.village_code, d.area_code)"
IN_GRID = "h.grid = :own_grid"
_PATH = (
    "ARRAY(SELECT u.name FROM area u WHERE u.code IN ({0}, left({0}, 9) || '000', left({0}, 6) || '000000')"
    " ORDER BY u.code)"
)
_SHOWN = f"""
    d.id::text AS id, d.revision, d.kind, d.subject, d.field, d.year, {AREA} AS area_code,
    {_PATH.format(AREA)} AS path, d.household_id::text AS household_id, coalesce(h.hh_no, d.hh_no) AS hh_no,
    CASE WHEN h.id IS NULL THEN d.who ELSE
        (SELECT p.name_masked FROM person p WHERE p.household_id = h.id AND p.is_active
         AND p.relation = '{Relation.HEAD}' ORDER BY p.ordinal, p.id LIMIT 1) END AS head,
    d.person_id::text AS person_id, d.person_no,
    coalesce((SELECT p.name_masked FROM person p WHERE p.id = d.person_id), d.who) AS who,
    d.line, d.is_sealed, d.registered, d.exported, d.state, d.reason, d.decided_by, d.decided_at,
    d.hh_no AS listed_as, d.area_code AS listed_in"""


async def differences(
    session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], int]:
    """Give differences by village, household and id, after `:after_area`, `:after_no`, `:after_id` or from the first;
    and how many there are in all."""
    source = f"{_FROM} WHERE {' AND '.join(conditions)}"
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(parameters))
    turn = (
        "(CAST(:after_id AS uuid) IS NULL OR (d.area_code, d.hh_no, d.id) >"
        " (:after_area, :after_no, CAST(:after_id AS uuid)))"
    )
    rows = await session.execute(
        text(f"SELECT {_SHOWN} FROM {source} AND {turn} ORDER BY d.area_code, d.hh_no, d.id LIMIT :limit"),
        dict(parameters),
    )
    return [dict(row) for row in rows.mappings()], int(count.scalar_one())


async def by_field(
    session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Count differences by kind, subject and field."""
    rows = await session.execute(
        text(
            f"SELECT d.kind, d.subject, d.field, {_COUNTED} FROM {_FROM} WHERE {' AND '.join(conditions)}"
            " GROUP BY d.kind, d.subject, d.field ORDER BY d.kind, d.subject, d.field"
        ),
        dict(parameters),
    )
    return [dict(row) for row in rows.mappings()]


async def by_village(
    session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Count differences by village."""
    rows = await session.execute(
        text(
            f"SELECT v.*, {_PATH.format('v.area_code')} AS path FROM ("
            f"SELECT {AREA} AS area_code, {_COUNTED} FROM {_FROM} WHERE {' AND '.join(conditions)}"
            " GROUP BY 1) v ORDER BY v.area_code"
        ),
        dict(parameters),
    )
    return [dict(row) for row in rows.mappings()]


def _mine(condition: str) -> str:
    """Give whose a reconciliation is: whose village it names; of nothing that could be compared, who sent it."""
    names_own = f"EXISTS (SELECT FROM unnest(r.villages) v (code) WHERE {condition})"
    return f"(CASE WHEN cardinality(r.villages) = 0 THEN r.made_by = :actor ELSE {names_own} END)"


async def find(session: AsyncSession, reconciliation_id: str, own: Clause) -> Reconciliation | None:
    """Give a reconciliation, if it is the caller's (a condition over `v.code`, and the parameter `:actor`)."""
    condition, parameters = own
    found = await session.execute(
        text(f"SELECT r.id FROM reconciliation r WHERE r.id = CAST(:id AS uuid) AND {_mine(condition)}"),
        {**parameters, "id": reconciliation_id},
    )
    known = found.scalar_one_or_none()
    return await session.get(Reconciliation, known) if known is not None else None


async def page(
    session: AsyncSession, villages_own: Clause, after: tuple[str, str] | None, limit: int
) -> tuple[list[Reconciliation], int]:
    """Give the reconciliations that are the caller's as `find` has it, newest first; and how many there are."""
    condition, parameters = villages_own
    source = f"reconciliation r WHERE {_mine(condition)}"
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), parameters)
    turn = (
        "(CAST(:after_id AS uuid) IS NULL OR"
        " (r.made_at, r.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))"
    )
    ids = await session.execute(
        text(f"SELECT r.id FROM {source} AND {turn} ORDER BY r.made_at DESC, r.id DESC LIMIT :limit"),
        {**parameters, "after_at": after and after[0], "after_id": after and after[1], "limit": limit},
    )
    rows = [await session.get(Reconciliation, each) for each in ids.scalars()]
    return [row for row in rows if row is not None], int(count.scalar_one())


async def lock(session: AsyncSession, reconciliation_id: str, ids: Sequence[UUID], own: Clause) -> list[Difference]:
    """Lock those of these differences that are the caller's."""
    condition, parameters = own
    found = await session.execute(
        text(
            f"SELECT d.id FROM {_FROM} WHERE d.reconciliation_id = CAST(:id AS uuid) AND {condition}"
            " AND d.id = ANY(CAST(:ids AS uuid[]))"
        ),
        {**parameters, "id": reconciliation_id, "ids": [str(each) for each in ids]},
    )
    locked = select(Difference).where(col(Difference.id).in_(found.scalars().all())).order_by(col(Difference.id))
    return list((await session.execute(locked.with_for_update())).scalars())


async def sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the exported values that are sealed with the key of a prefix."""
    found = await session.execute(
        text("SELECT count(*) FROM reconciliation_difference WHERE starts_with(sealed, :prefix)"), {"prefix": prefix}
    )
    return int(found.scalar_one())


async def sealed_otherwise(session: AsyncSession, prefix: str, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Give the next exported values, by id, that are not sealed with the key of a prefix, and lock them."""
    found = await session.execute(
        text(
            "SELECT id::text AS id, sealed FROM reconciliation_difference"
            " WHERE sealed IS NOT NULL AND NOT starts_with(sealed, :prefix)"
            " AND (CAST(:after AS uuid) IS NULL OR reconciliation_difference.id > CAST(:after AS uuid))"
            " ORDER BY reconciliation_difference.id LIMIT :limit FOR UPDATE"
        ),
        {"prefix": prefix, "after": after, "limit": limit},
    )
    return found.all()


async def write_sealed(session: AsyncSession, values: Mapping[str, str]) -> None:
    """Store values as they were sealed again, by id of the difference."""
    await session.execute(
        text(
            "UPDATE reconciliation_difference d SET sealed = n.sealed"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:sealed AS text[])) AS n (id, sealed) WHERE d.id = n.id"
        ),
        {"ids": list(values), "sealed": list(values.values())},
    )


async def forget_expired(session: AsyncSession, today: date) -> int:
    """Delete the sealed values of reconciliations whose day has come; give how many."""
    done: Any = await session.execute(
        text(
            "UPDATE reconciliation_difference d SET sealed = NULL FROM reconciliation r"
            " WHERE r.id = d.reconciliation_id AND r.expires_on <= :today AND d.sealed IS NOT NULL"
        ),
        {"today": today},
    )
    return int(done.rowcount)


async def decide(session: AsyncSession, decided: Sequence[Difference], state: str, *, by: str, at: datetime) -> None:
    """Note what became of differences; what was accepted is sealed no more."""
    for each in decided:
        each.state, each.decided_by, each.decided_at = state, by, at
        if state == "accepted":
            each.sealed = None
        session.add(each)
    await session.flush()
