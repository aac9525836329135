"""HTTP edge of findings and of the precision of rules."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.paging import Page, decode_cursor, encode_cursor
from servicekit.problems import InvalidInput, responses
from sharing.catalogue.service import UnknownRule
from sharing.findings import service
from sharing.findings.problems import UnknownFinding
from sharing.findings.schemas import FindingOut, FindingQuery, PrecisionOut

router = APIRouter(prefix="/v1", tags=["findings"])

_MayRead = Annotated[
    Principal,
    requires("findings:read", purpose="see what a comparison found and why", classes=(FieldClass.S3, FieldClass.S4)),
]
_MayReadRules = Annotated[Principal, requires("rules:read", purpose="see how good a rule is", classes=(FieldClass.S2,))]


@router.get("/findings", response_model=Page[FindingOut], responses=responses(InvalidInput))
async def list_findings(session: Tx, principal: _MayRead, query: Annotated[FindingQuery, Query()]) -> Page[FindingOut]:
    """比对结果 / findings in the caller's areas, by village."""
    items = await service.list_findings(session, principal, query, _after(query.cursor))
    last = items[-1] if len(items) == query.limit else None
    return Page(items=items, next_cursor=encode_cursor([last.area_code, last.finding_id]) if last else None)


def _after(cursor: str | None) -> list[str] | None:
    if cursor is None:
        return None
    area, finding_id = decode_cursor(cursor, 2)
    try:
        return [str(area), str(UUID(finding_id))]
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput("the cursor is not valid") from error


@router.get("/findings/{finding_id}", response_model=FindingOut, responses=responses(UnknownFinding))
async def get_finding(finding_id: UUID, session: Tx, principal: _MayRead) -> FindingOut:
    """单条比对结果及证据 / a finding with evidence and explanation."""
    return await service.get_finding(session, principal, str(finding_id))


@router.get("/rules/{rule_id}/precision", response_model=PrecisionOut, responses=responses(UnknownRule))
async def get_precision(rule_id: str, session: Tx, principal: _MayReadRules) -> PrecisionOut:
    """规则准确率 / how often the townships confirmed what a rule found."""
    return await service.precision_of(session, principal, rule_id)
