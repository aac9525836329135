"""HTTP of labels."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.labels import service
from registry.labels.schemas import LabelsOut
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(tags=["households"])


@router.get("/v1/households/{household_id}/labels", responses=responses(households.HouseholdNotFound))
async def get_labels(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal, requires("households:read", purpose="查看农户标签 / read labels", classes=(FieldClass.S3,))
    ],
) -> LabelsOut:
    """农户标签 / What a household counts among: labour, falling income, focus lines, relief (F-A27, F-A48)."""
    return await service.of_household(session, principal, str(household_id))
