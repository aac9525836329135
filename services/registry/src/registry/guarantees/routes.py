"""HTTP of the four statuses."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from registry.guarantees import service
from registry.guarantees.schemas import StatusesIn, StatusesOut
from registry.households import service as households
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(prefix="/v1/households/{household_id}/statuses", tags=["guarantees"])


@router.put(
    "", responses=responses(households.HouseholdNotFound, households.HouseholdEnded, households.HouseholdInvalid)
)
async def put_statuses(
    household_id: UUID,
    body: StatusesIn,
    session: Tx,
    principal: Annotated[
        Principal,
        requires("households:write", purpose="登记三保障和饮水状况 / record statuses", classes=(FieldClass.S3,)),
    ],
) -> StatusesOut:
    """Record the four statuses (F-A12); earlier versions are kept."""
    return await service.put(session, principal, str(household_id), body)


@router.get("", responses=responses(households.HouseholdNotFound))
async def get_statuses(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal, requires("households:read", purpose="查看三保障和饮水状况 / read statuses", classes=(FieldClass.S3,))
    ],
) -> StatusesOut:
    """Give the current statuses and every earlier version."""
    return await service.show(session, principal, str(household_id))
