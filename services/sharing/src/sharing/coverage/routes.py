"""HTTP edge of coverage."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.paging import Page
from servicekit.problems import InvalidInput, responses
from sharing.coverage import service
from sharing.coverage.schemas import CoverageOut, CoverageQuery

router = APIRouter(prefix="/v1/coverage", tags=["comparison"])

_MayRead = Annotated[
    Principal,
    requires("comparison:read", purpose="查看各乡镇比对覆盖 / what was compared where", classes=(FieldClass.S2,)),
]


@router.get("", response_model=Page[CoverageOut], responses=responses(InvalidInput))
async def list_coverage(
    session: Tx, principal: _MayRead, query: Annotated[CoverageQuery, Query()]
) -> Page[CoverageOut]:
    """各乡镇规则执行情况 / of each township and rule: evaluated, in part (why) or not; the newest run of the month."""
    return await service.page(session, principal, query)
