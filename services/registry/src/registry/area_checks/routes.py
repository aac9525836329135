"""HTTP of the counter-checks of areas."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from registry.area_checks import service
from registry.area_checks.problems import AreaCheckNotFound, AreaCheckOver
from registry.area_checks.schemas import (
    AnswerIn,
    AreaCheckOut,
    AreaCheckPage,
    AreaCheckQuery,
    AreaCheckShown,
    BehindRow,
    LookIn,
    LookOut,
)
from registry.households import service as households
from servicekit.auth import AreaNeeded, OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/area-checks", tags=["area checks"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[
    Principal, requires(households.READ, purpose="查看集中与规模核查 / see where cases gather", classes=_CLASSES)
]
Judge = Annotated[
    Principal,
    requires("episodes:approve", purpose="研判集中与规模疑点 / judge where cases gather", classes=(FieldClass.S2,)),
]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_area_checks(session: Tx, principal: Reader, query: Annotated[AreaCheckQuery, Query()]) -> AreaCheckPage:
    """集中返贫与限制规模核查 / What counter-checks have found in villages and townships, oldest first (F-A01, F-A21).

    They look once an hour. A finding closes by itself once its facts are over.
    """
    after = read_cursor(query.cursor, UUID)
    return await service.page(session, principal, query, after[0] if after else None)


@router.post("", responses=responses(OutsideArea, AreaNeeded))
async def look_at_areas(body: LookIn, session: Tx, principal: Reader) -> LookOut:
    """立即核查 / Look at the counties of an area now."""
    return await service.look_now(session, principal, body.area_code)


@router.get("/{check_id}", responses=responses(AreaCheckNotFound))
async def read_area_check(check_id: UUID, database: Db, principal: Reader) -> AreaCheckShown:
    """一个核查疑点 / A finding with the households behind it."""
    async with database.transaction() as session:
        found = await service.one(session, principal, check_id)
    titles = await service.titles(database, principal, found)
    rows = titles.on(found.households, BehindRow)
    return AreaCheckShown(**dict(found) | {"households": rows, "titles": titles.state})


@router.post("/{check_id}/answer", responses=responses(AreaCheckNotFound, AreaCheckOver))
async def answer_area_check(check_id: UUID, body: AnswerIn, session: Tx, principal: Judge) -> AreaCheckOut:
    """研判结论 / Say as the county what is behind a finding; it is raised anew only after it was over."""
    return await service.answer(session, principal, check_id, body.answer)
