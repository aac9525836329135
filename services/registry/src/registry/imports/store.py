"""Queries of an import: staging by COPY, the merge, the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.households import service as households
from registry.imports import kept_sql, refused_sql, sealed, sql, who_sql
from registry.imports.national_form import Beside
from registry.imports.prepare import (
    HOUSEHOLD_COLUMNS,
    INCOME_COLUMNS,
    PERSON_COLUMNS,
    PLACE_COLUMNS,
    REJECT_COLUMNS,
    Entry,
)
from registry.imports.tables import ImportRun
from registry.settings import IdentityKeys
from servicekit import locks
from servicekit.auth import Principal
from servicekit.db import Database, array_text, copy_text

_MAX_ROUNDS = 50
_ADD_REJECTS = """
    INSERT INTO import_reject (import_id, line, ordinal, field, code, message, sheet, sheet_row)
    SELECT import_id, line, ordinal, field, code, message, sheet, sheet_row
    FROM jsonb_populate_recordset(CAST(NULL AS import_reject), CAST(:rows AS jsonb))
"""


async def create_staging(session: AsyncSession) -> None:
    """Create the temporary tables; they are gone with the transaction."""
    await session.execute(text("SET LOCAL work_mem = '64MB'"))
    await session.execute(text("SET LOCAL jit = off"))
    # The tables grow under its statements: a plan made for the empty register would read all of it for every block.
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    for statement in sql.STAGING:
        await session.execute(text(statement))


async def lock(session: AsyncSession) -> None:
    """Wait until no other import or registration decides who is whose; others wait until this transaction ends."""
    await session.execute(text("SET LOCAL lock_timeout = 0"))  # however long the one before takes
    await locks.lock(session, locks.Lock.IMPORT)


async def valid_villages(
    session: AsyncSession, codes: Set[str], today: date, area_clause: tuple[str, dict[str, str]]
) -> set[str]:
    """Give which of these codes are villages that are valid and lie in the caller's areas (a clause over `a.code`)."""
    clause, parameters = area_clause
    found = await session.execute(
        text(sql.valid_villages(clause)), parameters | {"codes": array_text(codes), "today": today}
    )
    return set(found.scalars())


def _array(claims: Sequence[str], *, before: str = "") -> str:
    """Give an array in PostgreSQL's text form; claims are letters, digits and hyphens, which need no escaping."""
    return f'{{"{before}' + f'","{before}'.join(claims) + '"}' if claims else "{}"


async def claimed_numbers(session: AsyncSession, statement: str, hh_nos: Sequence[str]) -> set[str]:
    """Give which of these household numbers somebody has: `sql.REGISTERED_NUMBERS` or `sql.WAITING_NUMBERS`."""
    return set((await session.execute(text(statement), {"hh_no": _array(hh_nos)})).scalars())


async def claimed_persons(
    session: AsyncSession, statement: str, claims: Mapping[str, Sequence[str]]
) -> dict[str, set[str]]:
    """Give which of these claims (`claims.of_persons`) somebody has, by column.

    Args:
        statement: `sql.REGISTERED_PERSONS` looks at active persons, `sql.WAITING_PERSONS` at staged ones.
    """
    found = await session.execute(
        text(statement),
        {
            "person_no": _array(claims["person_no"]),
            "id_index": _array(claims["id_index"], before="\\\\x"),
            "id_index_even": _array(claims["id_index_even"], before="\\\\x"),
        },
    )
    contested: dict[str, set[str]] = {column: set() for column in claims}
    for column, claim in found:
        contested[column].add(claim)
    return contested


async def index_waiting(session: AsyncSession) -> None:
    """Make staged claims quick to find."""
    for statement in sql.INDEX_STAGING:
        await session.execute(text(statement))


async def take(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """COPY households that nobody contests into the register."""
    await copy_text(session, "household", HOUSEHOLD_COLUMNS, [entry.household for entry in entries])
    await copy_text(session, "person", PERSON_COLUMNS, [entry.persons for entry in entries])
    await copy_text(session, "income", INCOME_COLUMNS, [entry.incomes for entry in entries if entry.incomes])
    await copy_text(
        session,
        "s_taken",
        ("household_id", *PLACE_COLUMNS, "population"),
        [f"{entry.id}\t{entry.place}\t{entry.population}" for entry in entries],
    )


async def wait(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """COPY households into the staging tables."""
    columns = (*HOUSEHOLD_COLUMNS, *PLACE_COLUMNS)
    await copy_text(session, "s_household", columns, [f"{entry.household}\t{entry.place}" for entry in entries])
    await copy_text(session, "s_person", PERSON_COLUMNS, [entry.persons for entry in entries])
    await copy_text(session, "s_income", INCOME_COLUMNS, [entry.incomes for entry in entries if entry.incomes])


async def note_rejects(session: AsyncSession, rows: Sequence[str]) -> None:
    """COPY reject rows into their staging table."""
    await copy_text(session, "s_reject", REJECT_COLUMNS, rows)


async def reject(
    session: AsyncSession,
    *,
    today: date,
    area_clause: tuple[str, dict[str, str]],
    old_area_clause: tuple[str, dict[str, str]],
    is_flat: bool,
    may_update: bool,
) -> None:
    """Refuse staged households that contradict the registry or each other; leave the accepted ones in `s_map`.

    Args:
        area_clause: The caller's areas over `a.code`; `old_area_clause` the same over `m.old_village_code`.
        is_flat: Whether a household's rows stand one by one in the file.
        may_update: False refuses households that are registered already.
    """
    for statement in sql.ANALYZE:
        await session.execute(text(statement))
    await _refuse_in_itself(session, today=today, area_clause=area_clause, is_flat=is_flat)
    await lock(session)
    await session.execute(text(sql.MAP))
    await session.execute(text("ANALYZE s_map"))
    if may_update:
        await session.execute(text(who_sql.RENUMBERED))
        await session.execute(text(who_sql.MAP_RENUMBERED))
    else:
        await session.execute(text(refused_sql.REJECT_EXISTING_HOUSEHOLDS))
    old_clause, old_parameters = old_area_clause
    await session.execute(text(refused_sql.reject_foreign_households(old_clause)), old_parameters)
    await session.execute(text(refused_sql.DROP_REJECTED_FROM_MAP))
    await _refuse_repeated_persons(session)
    for _ in range(_MAX_ROUNDS):
        # One after the other: who is refused for a person number is not told whether an ID number is registered.
        await session.execute(text(refused_sql.REJECT_PERSON_NOS_ELSEWHERE))
        foreign: Any = await session.execute(text(refused_sql.DROP_REJECTED_FROM_MAP))
        await session.execute(text(refused_sql.MATCH_PERSONS_ELSEWHERE))
        await session.execute(text(refused_sql.REJECT_PERSONS_ELSEWHERE))
        dropped: Any = await session.execute(text(refused_sql.DROP_REJECTED_FROM_MAP))
        if not (foreign.rowcount or dropped.rowcount):
            break
    await session.execute(text(refused_sql.COUNT_LOST_ROWS))


async def refuse_contradictions(
    session: AsyncSession, *, today: date, area_clause: tuple[str, dict[str, str]], is_flat: bool
) -> None:
    """Refuse staged households of no village of the caller's and those that contradict each other; leave the others
    in `s_map`. Nobody imports until the transaction ends."""
    for statement in sql.ANALYZE:
        await session.execute(text(statement))
    await _refuse_in_itself(session, today=today, area_clause=area_clause, is_flat=is_flat)
    await lock(session)
    await session.execute(text(sql.MAP))
    await session.execute(text("ANALYZE s_map"))
    await _refuse_repeated_persons(session)
    await session.execute(text(refused_sql.COUNT_LOST_ROWS))


async def _refuse_in_itself(
    session: AsyncSession, *, today: date, area_clause: tuple[str, dict[str, str]], is_flat: bool
) -> None:
    if is_flat:
        await session.execute(text(refused_sql.REJECT_REMNANTS))
        await session.execute(text(refused_sql.DROP_REJECTED))
    clause, parameters = area_clause
    await session.execute(text(refused_sql.reject_unknown_villages(clause)), parameters | {"today": today})
    for statement in refused_sql.REJECT_UNKNOWN_PLACES:
        await session.execute(text(statement), {"today": today})
    await session.execute(text(refused_sql.REJECT_REPEATED_HOUSEHOLDS), {"is_flat": is_flat})
    await session.execute(text(refused_sql.DROP_REJECTED))


async def _refuse_repeated_persons(session: AsyncSession) -> None:
    await session.execute(text(refused_sql.REJECT_REPEATED_PERSONS))
    await session.execute(text(refused_sql.REJECT_REPEATED_PERSON_NOS))
    await session.execute(text(refused_sql.DROP_REJECTED_FROM_MAP))


async def matches(session: AsyncSession) -> list[UUID]:
    """Give the registered persons of other households that the file names."""
    return list((await session.execute(text(refused_sql.MATCHES))).scalars())


async def map_persons(session: AsyncSession) -> Sequence[RowMapping]:
    """Find who is registered already; give the pairs of a staged and a registered person that no number tells apart."""
    await session.execute(text(who_sql.MAP_PERSONS))
    await session.execute(text("ANALYZE s_known"))
    return (await session.execute(text(who_sql.UNTOLD_PERSONS))).mappings().all()


async def keep_known(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> None:
    """Note that staged persons are registered ones."""
    columns = {"staged": [staged for staged, _ in pairs], "persons": [person for _, person in pairs]}
    await session.execute(text(who_sql.KEEP_KNOWN), columns)


async def keep_renumbered(session: AsyncSession, *, reason: str, at: datetime, today: date, by: str) -> None:
    """Keep why households have another number."""
    await session.execute(text(who_sql.KEEP_RENUMBERED), {"reason": reason, "at": at, "today": today, "by": by})


async def merge_families(session: AsyncSession, keys: IdentityKeys, *, at: datetime, today: date) -> None:
    """Write the accepted households, their members and incomes; `map_persons` came before.

    What a file leaves out stays as it is registered.
    """
    await session.execute(text(sql.INSERT_HOUSEHOLDS))
    await sealed.keep_contacts(session, keys)
    await session.execute(text(kept_sql.KEEP_OF_HOUSEHOLDS))
    await session.execute(text(sql.UPDATE_HOUSEHOLDS))
    await sealed.keep_numbers(session, keys, today)
    await session.execute(text(kept_sql.KEEP_OF_PERSONS))
    await session.execute(text(kept_sql.KEEP_OF_INCOMES))
    await session.execute(text(sql.RELEASE_PERSONS))
    await session.execute(text(sql.UPDATE_PERSONS))
    await session.execute(text(sql.DATE_RELEASED), {"today": today})
    await session.execute(text(sql.INSERT_PERSONS))
    await session.execute(text(sql.COUNT_MEMBERS))
    await session.execute(text(sql.KNOWN_AGAIN))
    await session.execute(text(sql.SUPERSEDE_INCOMES), {"at": at, "year": today.year})
    await session.execute(text(sql.INSERT_INCOMES), {"year": today.year})


async def late(session: AsyncSession) -> list[str]:
    """Give households of which the register knows later things than the file: some of them, one more than are told."""
    return list((await session.execute(text(sql.LATE))).scalars())


async def counts(session: AsyncSession) -> dict[str, Any]:
    """Count what was accepted and refused."""
    counted = (await session.execute(text(sql.COUNTS))).mappings().one()
    return {**counted, **await refused_counts(session)}


async def refused_counts(session: AsyncSession) -> dict[str, Any]:
    """Count what was refused."""
    counted = (await session.execute(text(refused_sql.COUNTS))).mappings().one()
    codes = await session.execute(text(refused_sql.REJECT_CODES))
    return {**counted, "reject_codes": {row.code: row.total for row in codes}}


async def income_years(database: Database, principal: Principal) -> list[int]:
    """Give the years of which incomes of households of the caller's areas are registered."""
    own, parameters = principal.area_clause("h.village_code", households.IN_GRID)
    return [year for (year,) in await database.read(sql.INCOME_YEARS.format(own=own), parameters)]


async def beside(database: Database, household_ids: Sequence[str]) -> dict[str, Beside]:
    """Give, by household, what its files tell and its list does not show."""
    found = await database.read(sql.BESIDE, {"ids": array_text(household_ids)})
    return {household_id: Beside(identified_on, incomes or {}) for household_id, identified_on, incomes in found}


async def keep_sheets(session: AsyncSession, sheets: Mapping[int, str]) -> None:
    """Keep where each sheet of the file begins, by its first line, for the reject rows."""
    for first_line, name in sheets.items():
        await session.execute(text(sql.KEEP_SHEET), {"first_line": first_line, "name": name})


async def keep_rejects(session: AsyncSession, import_id: str) -> None:
    """Keep the reject rows."""
    await session.execute(text(refused_sql.KEEP_REJECTS), {"import_id": import_id})


async def add_rejects(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep reject rows of a kind of file that stages none."""
    if rows:
        await session.execute(text(_ADD_REJECTS), {"rows": orjson.dumps(rows).decode()})


async def first_rejects(session: AsyncSession, limit: int = 50) -> Sequence[Any]:
    """Give the first reject rows of the running import."""
    result = await session.execute(
        text("SELECT line, field, code, message FROM s_reject ORDER BY line, position LIMIT :limit"), {"limit": limit}
    )
    return result.all()


async def household_ids(session: AsyncSession) -> list[str]:
    """Give the ids of the households that the running import accepted."""
    found = await session.execute(text("SELECT household_id FROM s_map ORDER BY line"))
    return [str(household_id) for household_id in found.scalars()]


async def find(session: AsyncSession, import_id: str, client_id: str, *, lock: bool = False) -> ImportRun | None:
    """Give an import, if this client made it."""
    found = select(ImportRun).where(col(ImportRun.id) == import_id, col(ImportRun.client_id) == client_id)
    return (await session.execute(found.with_for_update() if lock else found)).scalars().first()


async def rejects(session: AsyncSession, import_id: str, *, after: tuple[int, int], limit: int) -> Sequence[Any]:
    """Give a page of reject rows, in the order of the file."""
    result = await session.execute(
        text(
            "SELECT line, ordinal, hh_no, person_no, field, code, message, sheet, sheet_row FROM import_reject"
            " WHERE import_id = CAST(:id AS uuid) AND (line, ordinal) > (:line, :ordinal)"
            " ORDER BY line, ordinal LIMIT :limit"
        ),
        {"id": import_id, "line": after[0], "ordinal": after[1], "limit": limit},
    )
    return result.all()
