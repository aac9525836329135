"""The lists behind the numbers of sharing."""

from __future__ import annotations

from fastapi import APIRouter

from servicekit.db import Db
from servicekit.indicators import members
from servicekit.indicators.routes import PATH, RESPONSES, IndicatorId, MemberReader, Members, page_of
from servicekit.indicators.schemas import MemberPage
from servicekit.titling import Titling

router = APIRouter(tags=["figures"])


@router.get(f"{PATH}/sharing/{{indicator_id}}", responses=RESPONSES)
async def list_sharing_members(
    indicator_id: IndicatorId, database: Db, principal: MemberReader, titling: Titling, query: Members
) -> MemberPage:
    """指标名单 / The rows behind a number, frozen with it, of the caller's areas; they add up to it."""
    async with database.transaction() as session:
        items, more = await members.page(session, principal, "sharing", indicator_id, query)
    return page_of(items, more, await titling.of(items))
