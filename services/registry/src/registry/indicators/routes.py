"""The lists behind the numbers of the registry."""

from __future__ import annotations

from fastapi import APIRouter

from registry.households import service as households
from servicekit.db import Db
from servicekit.indicators import members
from servicekit.indicators.routes import PATH, RESPONSES, IndicatorId, MemberReader, Members, page_of
from servicekit.indicators.schemas import MemberPage

router = APIRouter(tags=["figures"])


@router.get(f"{PATH}/registry/{{indicator_id}}", responses=RESPONSES)
async def list_registry_members(
    indicator_id: IndicatorId, database: Db, principal: MemberReader, query: Members
) -> MemberPage:
    """指标名单 / The rows behind a number, frozen with it, of the caller's areas; they add up to it."""
    async with database.transaction() as session:
        items, more = await members.page(session, principal, "registry", indicator_id, query)
    return page_of(items, more, await households.titles_of(database, principal, items))
