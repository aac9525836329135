"""HTTP edge of the insurance ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Database, Db, Tx
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses
from servicekit.titling import TitlesForCaller, Titling
from sharing.insurance import service
from sharing.insurance.files import Workbook, cells, csv_head, csv_lines
from sharing.insurance.schemas import (
    FileQuery,
    InsurancePage,
    InsuranceQuery,
    InsuranceRow,
    StatisticsPage,
    StatisticsQuery,
)

router = APIRouter(prefix="/v1/insurance-ledger", tags=["insurance"])

_MayRead = Annotated[
    Principal,
    requires(
        "insurance:read",
        purpose="查看重点人群参保台账 / see who of the people in focus is insured, and what the doctor costs",
        classes=(FieldClass.S3, FieldClass.S4),
    ),
]
_AT_A_TIME: Final = 200
_REFUSED = (OutsideArea, WrongDepartment, InvalidInput)
_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("", response_model=InsurancePage, responses=responses(*_REFUSED))
async def list_insurance(
    database: Db, principal: _MayRead, titling: Titling, query: Annotated[InsuranceQuery, Query()]
) -> InsurancePage:
    """参保台账 / Enrolment, premium, reimbursement and self-paid cost of the people in focus, by person and year.

    `enrolment=uninsured` lists who of them is not insured, by village. What no list says is unknown, never zero.
    """
    after = read_cursor(query.cursor, str, str, str)
    async with database.transaction() as session:
        found, cursor = await service.page(session, principal, query, _place(after), query.limit)
        total = await service.total(session, principal, query)
    titles = await titling.of(found)
    return InsurancePage(items=titles.on(found, InsuranceRow), titles=titles.state, total=total, next_cursor=cursor)


@router.get("/statistics", response_model=StatisticsPage, responses=responses(*_REFUSED))
async def read_insurance_statistics(
    session: Tx, principal: _MayRead, query: Annotated[StatisticsQuery, Query()]
) -> StatisticsPage:
    """参保统计 / Counts, sums and rates by village or township; of whom no list says anything is in no rate."""
    after = read_cursor(query.cursor, str)
    return await service.statistics(session, principal, query, after[0] if after else "")


@router.get(
    "/file",
    response_class=StreamingResponse,
    responses=responses(*_REFUSED) | {200: {"content": {media.partition(";")[0]: {} for media in _MEDIA.values()}}},
)
async def download_insurance(
    database: Db, principal: _MayRead, titling: Titling, query: Annotated[FileQuery, Query()]
) -> StreamingResponse:
    """参保台账文件 / The ledger, or the list of the uninsured, as CSV or XLSX."""
    first = await _rows(database, principal, titling, query, None)  # refused before the first byte
    write = _csv if query.format == "csv" else _xlsx
    year = query.year or "current"
    name = f'attachment; filename="insurance-{year}.{query.format}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingResponse(
        write(database, principal, titling, query, first), headers=headers, media_type=_MEDIA[query.format]
    )


_Some = tuple[list[list[str]], Any]


async def _rows(
    database: Database, principal: Principal, titling: TitlesForCaller, query: FileQuery, after: Any
) -> _Some:
    async with database.transaction() as session:
        found, cursor = await service.page(session, principal, query, after, _AT_A_TIME)
    titles = await titling.of(found)
    return [cells(row) for row in titles.on(found, InsuranceRow)], _place(read_cursor(cursor, str, str, str))


async def _pages(
    database: Database, principal: Principal, titling: TitlesForCaller, query: FileQuery, first: _Some
) -> AsyncIterator[list[list[str]]]:
    rows, after = first
    while True:
        yield rows
        if after is None:
            return
        rows, after = await _rows(database, principal, titling, query, after)


async def _csv(*given: Any) -> AsyncIterator[bytes]:
    yield csv_head()
    async for rows in _pages(*given):
        yield csv_lines(rows)


async def _xlsx(*given: Any) -> AsyncIterator[bytes]:
    book = await asyncio.to_thread(Workbook)
    try:
        async for rows in _pages(*given):
            await asyncio.to_thread(book.add, rows)
        await asyncio.to_thread(book.seal)
        while piece := await asyncio.to_thread(book.piece):
            yield piece
    finally:
        book.close()


def _place(read: list[Any] | None) -> tuple[str, str, str] | None:
    return (read[0], read[1], read[2]) if read else None
