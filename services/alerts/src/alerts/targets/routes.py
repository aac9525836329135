"""HTTP edge of targets."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from alerts.access import service as access
from alerts.targets import problems, progress, ready_made, service
from alerts.targets.schemas import (
    DecisionIn,
    ProgressOut,
    ProgressQuery,
    ReadyMadeOut,
    ReadyMadeQuery,
    RevisionIn,
    TargetIn,
    TargetOut,
    TargetPage,
    TargetQuery,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses

router = APIRouter(tags=["targets"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看目标和进度 / read targets and progress", classes=_CLASSES)
]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="设置和审批目标 / set targets and approve them", classes=_CLASSES)
]
TargetId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]
IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_CHANGED = (
    problems.TargetNotFound, problems.TargetOver, access.NotSupervisor, PreconditionFailed, PreconditionRequired,
)  # fmt: skip


@router.get("/v1/targets", responses=responses(OutsideArea, InvalidInput))
async def list_targets(principal: Reader, session: Tx, query: Annotated[TargetQuery, Query()]) -> TargetPage:
    """目标 / The targets of the caller's areas and department, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "/v1/targets",
    status_code=201,
    responses=responses(OutsideArea, problems.TargetInvalid, problems.TargetExists, access.NotSupervisor, KeyReused),
)
async def propose_target(body: TargetIn, principal: Supervisor, session: Tx, response: Response, key: Key) -> TargetOut:
    """设置目标 / Propose what a figure of an area should be; it counts once somebody else approves it."""

    async def create() -> TargetOut:
        return await service.propose(session, principal, body)

    target = await key.once(session, principal, "targets.propose", body, create, TargetOut, response)
    response.headers["Location"] = f"/v1/targets/{target.id}"
    response.headers["ETag"] = etag_of(target.revision)
    return target


@router.get("/v1/ready-made-targets", responses=responses(OutsideArea))
async def list_ready_made_targets(principal: Reader, query: Annotated[ReadyMadeQuery, Query()]) -> ReadyMadeOut:
    """现成目标 / Targets as policy papers set them, for an area and a year: to be proposed as they are, or changed."""
    principal.require_area(query.area)
    return ready_made.for_area(query)


@router.get("/v1/targets/{target_id}", responses=responses(problems.TargetNotFound))
async def read_target(target_id: TargetId, principal: Reader, session: Tx, response: Response) -> TargetOut:
    """一项目标 / A target with each version of it, and the ETag that a change names."""
    target = await service.read(session, principal, target_id)
    response.headers["ETag"] = etag_of(target.revision)
    return target


@router.put("/v1/targets/{target_id}", responses=responses(*_CHANGED, problems.TargetInvalid))
async def revise_target(
    target_id: TargetId,
    body: RevisionIn,
    principal: Supervisor,
    session: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> TargetOut:
    """更改目标 / Propose how a target should read from now on; what stands, stands until that is approved."""
    target = await service.revise(session, principal, target_id, body, if_match)
    response.headers["ETag"] = etag_of(target.revision)
    return target


class _Decided:
    """How a decision is answered: once for its key, about what was read."""

    def __init__(self, response: Response, key: Annotated[IdempotencyKey, Depends()], if_match: IfMatch = None) -> None:
        self.response = response
        self.key = key
        self.if_match = if_match


@router.post(
    "/v1/targets/{target_id}/decision",
    responses=responses(*_CHANGED, problems.TargetNotProposed, problems.TargetSecondPerson, KeyReused),
)
async def decide_target(
    target_id: TargetId,
    body: DecisionIn,
    principal: Supervisor,
    session: Tx,
    decided: Annotated[_Decided, Depends()],
) -> TargetOut:
    """审批目标 / Approve what somebody else proposed, or reject it."""

    async def create() -> TargetOut:
        return await service.decide(session, principal, target_id, body, decided.if_match)

    route = f"targets.decision.{target_id}"
    target = await decided.key.once(session, principal, route, body, create, TargetOut, decided.response)
    decided.response.headers["ETag"] = etag_of(target.revision)
    return target


@router.get("/v1/targets/{target_id}/progress", responses=responses(problems.TargetNotFound))
async def read_target_progress(
    target_id: TargetId, principal: Reader, session: Tx, query: Annotated[ProgressQuery, Query()]
) -> ProgressOut:
    """目标进度 / Target, actual, gap and milestones as of a day, with the rule that decided.

    What has no figure is pending, and not missed.
    """
    return await progress.of_target(session, principal, target_id, query.as_of)
