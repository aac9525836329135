"""HTTP edge of a household's file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from alerts.timeline import service
from alerts.timeline.problems import HouseholdUnknown
from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.entries import HouseholdTimelineQuery, TimelinePage
from servicekit.problems import InvalidInput, responses

router = APIRouter(tags=["clues"])


@router.get("/v1/clues/timeline", responses=responses(HouseholdUnknown, InvalidInput))
async def read_timeline(
    session: Tx,
    principal: Annotated[
        Principal,
        requires(
            "clues:read",
            "duties:read",
            purpose="查看一户一档的线索和待办 / read the clues and duties of a household's file",
            classes=(FieldClass.S2, FieldClass.S3),
        ),
    ],
    query: Annotated[HouseholdTimelineQuery, Query()],
) -> TimelinePage:
    """一户一档：线索、政策缺口和待办 / A household's clues, policy gaps and duties, newest first."""
    return await service.of_household(session, principal, query)
