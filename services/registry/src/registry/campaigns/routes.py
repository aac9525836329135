"""HTTP of campaigns."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from registry.campaigns import problems, service
from registry.campaigns.schemas import (
    CampaignCancel,
    CampaignIn,
    CampaignOut,
    CampaignPage,
    CampaignQuery,
    CoverageOut,
    CoverageQuery,
    TaskPage,
    TaskQuery,
    TaskRow,
)
from registry.households import service as households
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

Reader = Annotated[
    Principal,
    requires(
        households.READ, purpose="查看排查与核查进度 / read how campaigns go", classes=(FieldClass.S2, FieldClass.S3)
    ),
]
Writer = Annotated[
    Principal,
    requires("campaigns:write", purpose="组织排查与核查 / open and cancel campaigns", classes=(FieldClass.S2,)),
]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("", responses=responses(OutsideArea))
async def list_campaigns(session: Tx, principal: Reader, query: Annotated[CampaignQuery, Query()]) -> CampaignPage:
    """查询排查与核查行动 / List campaigns that meet the caller's areas, newest first (F-A11, F-A18, F-A34)."""
    return await service.page(session, principal, query, read_cursor(query.cursor, UUID))


@router.post(
    "",
    status_code=201,
    responses=responses(OutsideArea, problems.CampaignInvalid, problems.CampaignOverlaps, KeyReused),
)
async def open_campaign(body: CampaignIn, session: Tx, principal: Writer, key: Key, response: Response) -> CampaignOut:
    """发起排查或核查 / Open a campaign: every household of the area that it concerns has a task from now on.

    Those that come until its last day get theirs, those that end leave. Each village has a duty (D11) by that day.
    """

    async def create() -> CampaignOut:
        return await service.open_campaign(session, principal, body)

    campaign = await key.once(session, principal, "POST /v1/campaigns", body, create, CampaignOut, response)
    response.headers["Location"] = f"/v1/campaigns/{campaign.id}"
    return campaign


@router.get("/{campaign_id}", responses=responses(problems.CampaignNotFound))
async def read_campaign(campaign_id: UUID, session: Tx, principal: Reader) -> CampaignOut:
    """一次行动 / Give a campaign that meets the caller's areas."""
    return await service.show(session, principal, campaign_id)


@router.post(
    "/{campaign_id}/cancel",
    responses=responses(problems.CampaignNotFound, problems.CampaignCancelled, KeyReused),
)
async def cancel_campaign(
    campaign_id: UUID, body: CampaignCancel, session: Tx, principal: Writer, key: Key, response: Response
) -> CampaignOut:
    """取消行动 / Cancel a campaign that was opened by mistake: what was told stays, nobody has its duties any more."""

    async def end() -> CampaignOut:
        return await service.cancel(session, principal, campaign_id, body)

    route = f"POST /v1/campaigns/{campaign_id}/cancel"
    return await key.once(session, principal, route, body, end, CampaignOut, response)


@router.get("/{campaign_id}/tasks", responses=responses(problems.CampaignNotFound, OutsideArea))
async def list_campaign_tasks(
    campaign_id: UUID, database: Db, principal: Reader, query: Annotated[TaskQuery, Query()]
) -> TaskPage:
    """走访任务 / List the households of the caller that a campaign concerns, by village, with their titles.

    The result of one is given by `POST /v1/contacts` with the campaign's id.
    """
    after = read_cursor(query.cursor, str, UUID)
    async with database.transaction() as session:
        items, total, cursor = await service.tasks(session, principal, campaign_id, query, after)
    titles = await households.titles_of(database, principal, items)
    return TaskPage(items=titles.on(items, TaskRow), total=total, titles=titles.state, next_cursor=cursor)


@router.get("/{campaign_id}/coverage", responses=responses(problems.CampaignNotFound, OutsideArea))
async def read_campaign_coverage(
    campaign_id: UUID, session: Tx, principal: Reader, query: Annotated[CoverageQuery, Query()]
) -> CoverageOut:
    """走访覆盖情况 / Tell how many households were visited of those due, by village, township or county (F-A11)."""
    return await service.coverage(session, principal, campaign_id, query)
