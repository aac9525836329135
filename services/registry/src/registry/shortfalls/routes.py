"""HTTP of shortfalls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.shortfalls import service
from registry.shortfalls.schemas import (
    ShortfallCountQuery,
    ShortfallCounts,
    ShortfallPage,
    ShortfallQuery,
    ShortfallRow,
)
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(tags=["guarantees"])

# Of whoever has duties, a department's among them: what it must mend.
Reader = Annotated[
    Principal,
    requires(
        "households:read",
        "duties:read",
        purpose="三保障问题整改 / mend what households lack of the guarantees",
        classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
    ),
]


@router.get("/v1/shortfalls", responses=responses(OutsideArea, InvalidInput))
async def list_shortfalls(database: Db, principal: Reader, query: Annotated[ShortfallQuery, Query()]) -> ShortfallPage:
    """三保障问题台账 / What households lack of education, medical care, housing and water (F-B01, F-B12).

    Of the caller's areas and department, those known longest first. It follows from the statuses: a department's data
    or a visit opens a shortfall, and closes it.
    """
    after = read_cursor(query.cursor, datetime, UUID, str)
    async with database.transaction() as session:
        found = await service.page(session, principal, query, after)
    titles = await households.titles_of(database, principal, found.items)
    return ShortfallPage(
        items=titles.on(found.items, ShortfallRow),
        titles=titles.state,
        total=found.total,
        as_of=found.as_of,
        next_cursor=encode_cursor(found.rest) if found.rest else None,
    )


@router.get("/v1/shortfalls/counts", responses=responses(OutsideArea, InvalidInput))
async def count_shortfalls(
    session: Tx, principal: Reader, query: Annotated[ShortfallCountQuery, Query()]
) -> ShortfallCounts:
    """三保障问题清零情况 / Shortfalls by guarantee and village, township or county, with the age of the oldest (F-B20).

    `as_of` the last day of a month gives that month: what was open, what came and what was closed in it.
    """
    return await service.counts(session, principal, query)
