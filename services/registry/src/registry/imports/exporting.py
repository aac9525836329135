"""The register as a file in the national form: page by page as the list shows it, so memory stays flat."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO, Any, Final

import orjson
import xlsxwriter

from contracts.vocabulary import HouseholdStatus
from registry.households import service as households
from registry.imports import store
from registry.imports.national_form import Beside, header, rows
from registry.imports.texts import SHEET
from servicekit.auth import Principal
from servicekit.db import Database

_AT_A_TIME: Final = 200
_XLSX_MAX_ROWS: Final = 1_048_575  # the sheet's limit less the header
_PIECE_BYTES: Final = 1 << 16


async def as_csv(database: Database, principal: Principal, area: str | None) -> AsyncIterator[bytes]:
    """Give CSV (UTF-8 with a mark, so that spreadsheets read Chinese)."""
    years = await store.income_years(database, principal.within(area))
    yield b"\xef\xbb\xbf" + _lines([header(years)])
    async for table in _tables(database, principal, area, years):
        yield _lines(table)


async def as_xlsx(database: Database, principal: Principal, area: str | None) -> AsyncIterator[bytes]:
    """Give a workbook of text cells, a sheet for each million of rows; it is written to disk before it is sent."""
    years = await store.income_years(database, principal.within(area))
    with tempfile.TemporaryFile() as file:
        book = _Book(file, header(years))
        async for table in _tables(database, principal, area, years):
            await asyncio.to_thread(book.add, table)
        await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


async def _tables(
    database: Database, principal: Principal, area: str | None, years: Sequence[int]
) -> AsyncIterator[list[list[str]]]:
    """Give the rows of a page of households at a time."""
    wanted = households.HouseholdQuery(area=area, status=HouseholdStatus.ACTIVE, limit=_AT_A_TIME)
    after: Sequence[str] | None = None
    while True:
        body, after = await households.page(database, principal, wanted, after)
        found: list[dict[str, Any]] = orjson.loads(body)
        beside = await store.beside(database, [each["id"] for each in found])
        yield [row for each in found for row in rows(each, beside.get(each["id"], Beside(None, {})), years)]
        if after is None:
            return


def _lines(table: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(table)
    return buffer.getvalue().encode()


class _Book:
    """A workbook that grows row by row in constant memory."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
        self._book = xlsxwriter.Workbook(file, options)
        self._text, self._bold = self._book.add_format({"num_format": "@"}), self._book.add_format({"bold": True})
        self._headings, self._sheets, self._rows = headings, 0, 0
        self._begin()

    def add(self, table: list[list[str]]) -> None:
        for row in table:
            if self._rows == _XLSX_MAX_ROWS:
                self._begin()
            self._rows += 1
            for place, cell in enumerate(row):
                if cell:
                    self._sheet.write_string(self._rows, place, cell, self._text)

    def close(self) -> None:
        self._book.close()

    def _begin(self) -> None:
        self._sheets, self._rows = self._sheets + 1, 0
        self._sheet = self._book.add_worksheet(SHEET if self._sheets == 1 else f"{SHEET}{self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for place, heading in enumerate(self._headings):
            self._sheet.write_string(0, place, heading, self._bold)
