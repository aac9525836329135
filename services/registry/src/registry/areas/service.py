"""Use cases of areas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from intake.declared import Format
from intake.lines import reader_of
from intake.notes import Note
from intake.text import Chunk
from registry.areas import rules, store, succession, texts
from registry.areas.problems import AreaNotFound, AreasInvalid
from registry.areas.rules import AreaRow, wrong
from registry.areas.schemas import AreaOut, AreaQuery
from servicekit import clock
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.problems import FieldError

_MOST_FAULTS = 100


async def import_file(
    session: AsyncSession,
    principal: Principal,
    file_format: Format,
    chunks: AsyncIterator[Chunk],
    notes: list[Note],
) -> dict[str, Any]:
    """Import an area list; all of it or, with anything wrong, nothing. Give how many were created, updated, unchanged.

    Args:
        notes: Takes what the sender should know of the file.

    Raises:
        AreasInvalid: lines are wrong, outside the caller's areas, repeated, or below an unknown parent.
        RefusedError: the file as a whole cannot be used.
    """
    reader = reader_of(file_format, rules.LAYOUT)
    faults: list[FieldError] = []
    await store.create_staging(session)
    found: dict[Note, None] = {}
    sheets: dict[int, str] = {}
    async for chunk in chunks:
        if chunk.sheet:
            sheets[chunk.sheet_line] = chunk.sheet
        taken = reader.take(chunk)
        if taken is None:
            continue
        lines = await asyncio.to_thread(taken.read)
        found |= dict.fromkeys(sorted(lines.notes))
        faults += [wrong(number, "row", code) for number, _, code in lines.broken]
        rows = zip(lines.line_no, lines.cells.iter_rows(named=True), strict=True)
        await _stage(session, principal, (rules.read_row(number, cells) for number, cells in rows), faults)
    reader.end()
    notes += [*reader.notes, *found]
    await store.keep_ends(session)
    if not faults:
        clause = principal.area_clause("s.successor_code")
        told = [*await store.repeated(session), *await store.orphans(session), *await store.ended_before(session)]
        told += await store.without_successor(session, clause)
        faults += [wrong(line, code.partition(".")[0], code) for line, code in told]
    if faults:
        errors = [rules.placed(fault, sheets) for fault in sorted(faults, key=rules.line_of)[:_MOST_FAULTS]]
        raise AreasInvalid(f"{len(faults)} line(s) are wrong; nothing was taken", errors=errors)
    created, updated, unchanged = await store.merge(session, clock.now())
    await succession.note_listed(session, await store.listed_successions(session), principal.actor, texts.LISTED)
    await succession.end_in_closed(session)
    behind = await store.left_behind(session, clock.today())
    warnings = [texts.INHABITED.format(code=code, count=count) for code, count in behind]
    absent = await store.missing(session)
    warnings += [texts.MISSING.format(code=code, name=name, count=count) for code, name, count in absent]
    return {"created": created, "updated": updated, "unchanged": unchanged, "warnings": warnings}


async def _stage(
    session: AsyncSession, principal: Principal, rows: Iterable[AreaRow | FieldError], faults: list[FieldError]
) -> None:
    good: list[AreaRow] = []
    for row in rows:
        if isinstance(row, FieldError):
            faults.append(row)
        elif not principal.covers(row.code):
            faults.append(wrong(row.line, "code", "code.outside"))
        else:
            good.append(row)
    if good and not faults:
        await store.stage(session, good)


async def show(session: AsyncSession, principal: Principal, code: str) -> AreaOut:
    """Give an area.

    Raises:
        AreaNotFound
    """
    values = {"code": code, "day": clock.today()}
    found = await store.shown(session, ["a.code = :code"], values, None, limit=1) if principal.reaches(code) else []
    if not found:
        raise AreaNotFound("no such area within your areas")
    return AreaOut.model_validate(found[0])


async def page(
    session: AsyncSession, principal: Principal, wanted: AreaQuery, after: str
) -> tuple[list[AreaOut], str | None]:
    """Give the caller's areas that the query leaves, by code, and where the next page begins.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    if wanted.area is not None:
        principal.require_reach(wanted.area)
    clause, own = principal.area_clause("a.code", IN_ANY_GRID)
    conditions, values = [clause, "a.code > :after"], {**own, "after": after, "day": wanted.as_of or clock.today()}
    if wanted.parent is not None:
        conditions.append("a.parent_code = :parent")
        values["parent"] = wanted.parent
    if wanted.tag is not None:
        conditions.append(store.has_tag("a.code"))
        values["tag"] = wanted.tag.value
    if wanted.as_of is not None:
        conditions.append(store.was_there())
        values["follows"] = True
    rows = await store.shown(session, conditions, values, wanted.area, limit=wanted.limit + 1)
    items = [AreaOut.model_validate(row) for row in rows[: wanted.limit]]
    return items, items[-1].code if len(rows) > wanted.limit else None
