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
from registry.areas.schemas import AreaOut
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
    behind = await store.left_behind(session, clock.today())
    warnings = [texts.INHABITED.format(code=code, count=count) for code, count in behind]
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
    area = await store.get(session, code) if principal.reaches(code) else None
    if area is None:
        raise AreaNotFound("no such area within your areas")
    return AreaOut.model_validate(area.model_dump())


async def page(
    session: AsyncSession, principal: Principal, parent: str | None, *, after: str, limit: int
) -> tuple[list[AreaOut], str | None]:
    """Give the areas below one (or all of the caller's), by code, and where the next page begins."""
    clause = principal.area_clause("code", IN_ANY_GRID)
    rows = await store.children(session, parent, clause, after=after, limit=limit + 1)
    items = [AreaOut.model_validate(row.model_dump()) for row in rows[:limit]]
    return items, items[-1].code if len(rows) > limit else None
