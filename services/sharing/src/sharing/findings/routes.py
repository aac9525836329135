"""HTTP edge of findings and of the precision of rules."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Db, Tx
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, responses
from servicekit.titling import Titling
from sharing.catalogue.service import UnknownRule
from sharing.findings import service
from sharing.findings.problems import UnknownFinding
from sharing.findings.schemas import FindingPage, FindingQuery, FindingRow, FindingShown, PrecisionOut

router = APIRouter(prefix="/v1", tags=["findings"])

_MayRead = Annotated[
    Principal,
    requires("findings:read", purpose="see what a comparison found and why", classes=(FieldClass.S3, FieldClass.S4)),
]
_MayReadRules = Annotated[Principal, requires("rules:read", purpose="see how good a rule is", classes=(FieldClass.S2,))]


@router.get("/findings", response_model=FindingPage, responses=responses(OutsideArea, InvalidInput))
async def list_findings(
    database: Db, principal: _MayRead, titling: Titling, query: Annotated[FindingQuery, Query()]
) -> FindingPage:
    """比对结果 / findings in the caller's areas, by village, with the titles of their households."""
    async with database.transaction() as session:
        items = await service.list_findings(session, principal, query, read_cursor(query.cursor, str, UUID))
    last = items[-1] if len(items) == query.limit else None
    titles = await titling.of(items)
    return FindingPage(
        items=titles.on(items, FindingRow),
        titles=titles.state,
        next_cursor=encode_cursor([last.area_code, last.finding_id]) if last else None,
    )


@router.get("/findings/{finding_id}", response_model=FindingShown, responses=responses(UnknownFinding))
async def get_finding(finding_id: UUID, database: Db, principal: _MayRead, titling: Titling) -> FindingShown:
    """单条比对结果及证据 / a finding with evidence and explanation."""
    async with database.transaction() as session:
        finding = await service.get_finding(session, principal, str(finding_id))
    titles = await titling.of([finding])
    return titles.one(finding, FindingShown, titles=titles.state)


@router.get(
    "/rules/{rule_id}/precision", response_model=PrecisionOut, responses=responses(UnknownRule, WrongDepartment)
)
async def get_precision(rule_id: str, session: Tx, principal: _MayReadRules) -> PrecisionOut:
    """规则准确率 / how often the townships confirmed what a rule found."""
    return await service.precision_of(session, principal, rule_id)
