"""HTTP edge of funds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.problems import InvalidInput, responses
from sharing.funds import service
from sharing.funds.schemas import FundPage, FundQuery

router = APIRouter(prefix="/v1/funds", tags=["figures"])

_MayRead = Annotated[
    Principal, requires("figures:read", purpose="查看衔接资金支出进度 / progress of funds", classes=(FieldClass.S2,))
]


@router.get("", response_model=FundPage, responses=responses(WrongDepartment, OutsideArea, InvalidInput))
async def list_funds(session: Tx, principal: _MayRead, query: Annotated[FundQuery, Query()]) -> FundPage:
    """衔接资金支出进度 / funds of the caller's areas against the year's milestones, red where they are behind."""
    return await service.page(session, principal, query)
