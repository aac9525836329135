"""HTTP edge of projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.problems import InvalidInput, responses
from sharing.projects import service
from sharing.projects.schemas import ConcentrationOut, ProjectPage, ProjectQuery, ShareQuery

router = APIRouter(prefix="/v1/projects", tags=["figures"])

_MayRead = Annotated[
    Principal, requires("figures:read", purpose="查看项目进度 / progress of projects", classes=(FieldClass.S2,))
]


@router.get("", response_model=ProjectPage, responses=responses(WrongDepartment, OutsideArea, InvalidInput))
async def list_projects(session: Tx, principal: _MayRead, query: Annotated[ProjectQuery, Query()]) -> ProjectPage:
    """项目进度 / projects of the caller's areas with their five dates, late where one has passed."""
    return await service.page(session, principal, query)


@router.get(
    "/concentration", response_model=ConcentrationOut, responses=responses(WrongDepartment, OutsideArea, InvalidInput)
)
async def read_concentration(
    session: Tx, principal: _MayRead, query: Annotated[ShareQuery, Query()]
) -> ConcentrationOut:
    """产业资金集中度(垒大户) / what the greatest entities have of a year's money for industry."""
    return await service.concentration(session, principal, query)
