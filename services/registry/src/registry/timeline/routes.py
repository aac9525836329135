"""HTTP of a household's file."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.fields import HOUSEHOLD, INCOME, PERSON, classes
from registry.households import service as households
from registry.timeline import service
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.entries import TimelinePage, TimelineQuery
from servicekit.problems import InvalidInput, responses

router = APIRouter(tags=["households"])


@router.get("/v1/households/{household_id}/timeline", responses=responses(households.HouseholdNotFound, InvalidInput))
async def read_timeline(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal,
        requires(
            households.READ,
            purpose="查看一户一档 / read a household's file",
            classes=classes(HOUSEHOLD, PERSON, INCOME),
        ),
    ],
    query: Annotated[TimelineQuery, Query()],
) -> TimelinePage:
    """一户一档 / What happened to a household and what was done about it, newest first (F-A34)."""
    return await service.of_household(session, principal, str(household_id), query)
