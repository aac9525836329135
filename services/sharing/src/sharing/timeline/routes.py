"""HTTP edge of a household's file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.entries import HouseholdTimelineQuery, TimelinePage
from servicekit.problems import InvalidInput, responses
from sharing.timeline import service
from sharing.timeline.problems import HouseholdUnknown

router = APIRouter(tags=["findings"])


@router.get("/v1/findings/timeline", responses=responses(HouseholdUnknown, InvalidInput))
async def read_timeline(
    session: Tx,
    principal: Annotated[
        Principal,
        requires(
            "findings:read",
            "clues:read",
            "deliveries:read",
            purpose="查看一户一档的比对结果 / read the findings of a household's file",
            classes=(FieldClass.S3, FieldClass.S4),
        ),
    ],
    query: Annotated[HouseholdTimelineQuery, Query()],
) -> TimelinePage:
    """一户一档：比对结果和数据更正 / What comparisons found about a household, and corrections, newest first."""
    return await service.of_household(session, principal, query)
