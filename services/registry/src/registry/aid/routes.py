"""HTTP of what departments gave."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from registry.aid import service
from registry.aid.schemas import AidsOut
from registry.households import service as households
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(tags=["plans"])


@router.get("/v1/households/{household_id}/aid", responses=responses(households.HouseholdNotFound))
async def get_aid(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal, requires("households:read", purpose="查看部门帮扶 / read what was given", classes=(FieldClass.S3,))
    ],
) -> AidsOut:
    """部门帮扶 / What departments' lists say that a household was given: payouts, loans, renovations (F-A09)."""
    return await service.show(session, principal, str(household_id))
