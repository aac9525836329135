"""Use cases of areas."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from registry.areas import rules, store
from registry.areas.problems import AreaNotFound, AreasInvalid
from registry.areas.rules import AreaRow, Fault
from registry.areas.schemas import AreaOut, AreasImported
from registry.imports.lines import Line, LineReader
from servicekit import clock
from servicekit.auth import Principal
from servicekit.problems import FieldError

_MOST_FAULTS = 100


class _AreaReader:
    """Reads CSV with a header, or NDJSON, line by line."""

    def __init__(self, *, is_csv: bool) -> None:
        self._is_csv = is_csv
        self._header: list[str] | None = None

    def read(self, lines: Sequence[Line]) -> Iterator[AreaRow | Fault]:
        for line in lines:
            cells = self._csv(line) if self._is_csv else self._json(line)
            if cells is not None:
                yield cells if isinstance(cells, Fault) else rules.read_row(line.number, cells)

    def _csv(self, line: Line) -> dict[str, Any] | Fault | None:
        try:
            (cells,) = csv.reader([line.text], strict=True)
        except (csv.Error, ValueError):
            return Fault(line.number, "row", "row.shape", "引号有误 / broken quoting")
        if self._header is None:
            names = {label: name for name, labels in rules.LABELS.items() for label in labels}
            self._header = [names.get(cell.strip(), cell.strip()) for cell in cells]
            missing = {"code", "name", "valid_from"} - set(self._header)
            if missing:
                raise AreasInvalid(f"missing columns: {', '.join(sorted(missing))}")
            return None
        if len(cells) != len(self._header):
            return Fault(line.number, "row", "row.shape", "列数不对 / wrong number of cells")
        return dict(zip(self._header, cells, strict=True))

    def _json(self, line: Line) -> dict[str, Any] | Fault:
        try:
            document = orjson.loads(line.text)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            return Fault(line.number, "row", "row.shape", "不是JSON对象 / not a JSON object")
        return document


async def import_areas(
    session: AsyncSession, principal: Principal, body: AsyncIterator[bytes], *, is_csv: bool, charset: str
) -> AreasImported:
    """Import an area list; all of it or, with anything wrong, nothing.

    Raises:
        AreasInvalid: lines are wrong, outside the caller's areas, repeated, or below an unknown parent.
        WrongEncoding, LineTooLong
    """
    reader, lines = _AreaReader(is_csv=is_csv), LineReader(charset)
    faults: list[Fault] = []
    await store.create_staging(session)
    async for data in body:
        await _stage(session, principal, reader.read(lines.feed(data)), faults)
    await _stage(session, principal, reader.read(lines.feed(b"", is_last=True)), faults)
    if not faults:
        messages = {
            "code.duplicate": ("code", "区划代码重复 / this code came before in the file"),
            "parent_code.unknown": ("parent_code", "上级区划不存在 / its parent is neither here nor registered"),
        }
        for line, code in [*await store.repeated(session), *await store.orphans(session)]:
            faults.append(Fault(line, messages[code][0], code, messages[code][1]))
    if faults:
        errors = [
            FieldError(pointer=f"line:{fault.line}/{fault.field}", code=fault.code, detail=fault.message)
            for fault in faults[:_MOST_FAULTS]
        ]
        raise AreasInvalid(f"{len(faults)} line(s) are wrong; nothing was taken", errors=errors)
    created, updated, unchanged = await store.merge(session, clock.now())
    return AreasImported(created=created, updated=updated, unchanged=unchanged)


async def _stage(
    session: AsyncSession, principal: Principal, rows: Iterator[AreaRow | Fault], faults: list[Fault]
) -> None:
    good: list[AreaRow] = []
    for row in rows:
        if isinstance(row, Fault):
            faults.append(row)
        elif not principal.covers(row.code):
            faults.append(Fault(row.line, "code", "code.outside", "不在管辖区域内 / outside your areas"))
        else:
            good.append(row)
    if good and not faults:
        await store.stage(session, good)


async def show(session: AsyncSession, principal: Principal, code: str) -> AreaOut:
    """Give an area.

    Raises:
        AreaNotFound
    """
    area = await store.get(session, code) if principal.covers(code) else None
    if area is None:
        raise AreaNotFound("no such area within your areas")
    return AreaOut.model_validate(area.model_dump())


async def page(
    session: AsyncSession, principal: Principal, parent: str | None, *, after: str, limit: int
) -> tuple[list[AreaOut], str | None]:
    """Give the areas below one (or all of the caller's), by code, and where the next page begins."""
    clause = principal.area_clause("code")
    rows = await store.children(session, parent, clause, after=after, limit=limit + 1)
    items = [AreaOut.model_validate(row.model_dump()) for row in rows[:limit]]
    return items, items[-1].code if len(rows) > limit else None
