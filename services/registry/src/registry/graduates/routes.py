"""HTTP of graduates of former poor households."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from registry.graduates import service
from registry.graduates.problems import GraduateNotFound, GraduatePlanInvalid, GraduatePlanOfTownship
from registry.graduates.schemas import (
    GraduateFile,
    GraduatePage,
    GraduatePlanIn,
    GraduatePlanOut,
    GraduateQuery,
    GraduateRow,
)
from registry.households import service as households
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/graduates", tags=["plans"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[
    Principal, requires(households.READ, purpose="查看高校毕业生帮扶 / read files of graduates", classes=_CLASSES)
]
Writer = Annotated[
    Principal, requires("plans:write", purpose="制定毕业生帮扶计划 / make plans of graduates", classes=_CLASSES)
]


@router.get("", responses=responses(OutsideArea))
async def list_graduates(database: Db, principal: Reader, query: Annotated[GraduateQuery, Query()]) -> GraduatePage:
    """脱贫家庭高校毕业生 / List young graduates of former poor households by village (F-C19)."""
    after = read_cursor(query.cursor, str, UUID)
    async with database.transaction() as session:
        items, total, cursor = await service.page(session, principal, query, after)
    titles = await households.titles_of(database, principal, items)
    return GraduatePage(items=titles.on(items, GraduateRow), total=total, titles=titles.state, next_cursor=cursor)


@router.get("/{person_id}", responses=responses(GraduateNotFound))
async def read_graduate(person_id: UUID, session: Tx, principal: Reader) -> GraduateFile:
    """毕业生一人一档 / Give a graduate's file: education, work, and all revisions of the plan (F-C19)."""
    return await service.file(session, principal, person_id)


@router.put("/{person_id}/plan", responses=responses(GraduateNotFound, GraduatePlanInvalid, GraduatePlanOfTownship))
async def put_graduate_plan(person_id: UUID, body: GraduatePlanIn, session: Tx, principal: Writer) -> GraduatePlanOut:
    """毕业生一人一策 / Make or revise a graduate's plan (F-C19). Earlier revisions stay."""
    return await service.put(session, principal, person_id, body)
