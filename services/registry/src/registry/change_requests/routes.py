"""HTTP of change requests."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.fields import HOUSEHOLD, INCOME, PERSON, classes
from registry.change_requests import service
from registry.change_requests.problems import (
    ChangeRequestDecided,
    ChangeRequestInvalid,
    ChangeRequestNotFound,
    ChangeRequestOvertaken,
    NotTheRequester,
    OtherLevelDecides,
    SecondPersonNeeded,
)
from registry.change_requests.schemas import (
    ChangeNote,
    ChangeRefusal,
    ChangeRequestDetail,
    ChangeRequestIn,
    ChangeRequestPage,
    ChangeRequestQuery,
    ChangeRequestRow,
    ChangeRequestShown,
)
from registry.continuity.service import BothHaveCases, SameHousehold
from registry.households import service as households
from registry.wire import Keys
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.conflicts import deciding
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(tags=["change requests"])

_MASKED = classes(HOUSEHOLD, INCOME, PERSON)
_PURPOSE = "查看户变更申请(脱敏) / read change requests"
Reader = Annotated[Principal, requires(households.READ, purpose=_PURPOSE, classes=_MASKED)]
Writer = Annotated[
    Principal, requires("households:write", purpose="申请户变更 / ask for a change of a household", classes=_MASKED)
]
Approver = Annotated[
    Principal, requires("households:approve", purpose="审批户变更 / decide about change requests", classes=_MASKED)
]
_OF_APPLYING = (
    ChangeRequestInvalid,
    households.HouseholdNotFound,
    households.PersonNotFound,
    households.HouseholdEnded,
    households.HouseholdExists,
    households.HouseholdProtected,
    households.PersonElsewhere,
    households.TooManyMatches,
    BothHaveCases,
    SameHousehold,
)


class _Asked:
    """Once for which key, on which version."""

    def __init__(
        self,
        key: Annotated[IdempotencyKey, Depends()],
        if_match: Annotated[str | None, Header(alias="If-Match", description="the household's ETag")] = None,
    ) -> None:
        self.key = key
        self.if_match = if_match


@router.post(
    "/v1/households/{household_id}/change-requests",
    status_code=201,
    responses=responses(*_OF_APPLYING, PreconditionRequired, PreconditionFailed, KeyReused),
)
async def propose_change(
    household_id: UUID,
    body: ChangeRequestIn,
    database: Db,
    principal: Writer,
    registrar: households.matches.Registrar,
    asked: Annotated[_Asked, Depends()],
    response: Response,
) -> ChangeRequestDetail:
    """申请户变更 / Ask for a change of a household: birth, death, marriage, move, split and others.

    It counts once somebody else has approved it, or at once where the policy asks for nobody (`level` is null).
    """
    decision = households.change_of(str(household_id), "change_request", body, asked.if_match, kind=body.kind)
    route = f"POST /v1/households/{household_id}/change-requests"
    async with registrar.counted(principal, "change_request"), deciding(database, principal, decision) as session:

        async def propose() -> ChangeRequestDetail:
            return await service.propose(session, principal, registrar.keys, str(household_id), body, asked.if_match)

        request = await asked.key.once(session, principal, route, body, propose, ChangeRequestDetail, response)
    response.headers["Location"] = f"/v1/change-requests/{request.id}"
    return request


@router.get("/v1/change-requests", responses=responses(OutsideArea))
async def list_change_requests(
    database: Db, principal: Reader, query: Annotated[ChangeRequestQuery, Query()]
) -> ChangeRequestPage:
    """户变更申请 / What was asked for about the caller's households, the newest first, and what became of it."""
    async with database.transaction() as session:
        items, total, cursor = await service.page(session, principal, query, read_cursor(query.cursor, UUID))
    titles = await households.titles_of(database, principal, items)
    return ChangeRequestPage(
        items=titles.on(items, ChangeRequestRow), titles=titles.state, total=total, next_cursor=cursor
    )


@router.get("/v1/change-requests/{request_id}", responses=responses(ChangeRequestNotFound))
async def get_change_request(request_id: UUID, database: Db, principal: Reader, keys: Keys) -> ChangeRequestShown:
    """Give a request: what is asked for, masked, and what has come between since it was made."""
    async with database.transaction() as session:
        request = await service.detail(session, principal, keys, request_id)
    titles = await households.titles_of(database, principal, [request])
    return titles.one(request, ChangeRequestShown, titles=titles.state)


@router.post(
    "/v1/change-requests/{request_id}/approve",
    responses=responses(
        ChangeRequestNotFound,
        ChangeRequestDecided,
        ChangeRequestOvertaken,
        SecondPersonNeeded,
        OtherLevelDecides,
        *_OF_APPLYING,
    ),
)
async def approve_change(
    request_id: UUID,
    body: ChangeNote,
    database: Db,
    principal: Approver,
    registrar: households.matches.Registrar,
) -> ChangeRequestDetail:
    """通过户变更 / Approve a change as the second person: the household changes in the same transaction.

    Where it has changed meanwhile in what the request touches, nothing is applied: 409, kept in `refused`.
    """
    async with database.transaction() as session:
        decision = await service.decision_of(session, principal, request_id)
    async with registrar.counted(principal, "change_request"), deciding(database, principal, decision) as session:
        return await service.approve(session, principal, registrar.keys, request_id, body.note)


@router.post(
    "/v1/change-requests/{request_id}/refuse",
    responses=responses(ChangeRequestNotFound, ChangeRequestDecided, SecondPersonNeeded, OtherLevelDecides),
)
async def refuse_change(
    request_id: UUID, body: ChangeRefusal, session: Tx, principal: Approver, keys: Keys
) -> ChangeRequestDetail:
    """不予通过户变更 / Refuse a change as the second person, with a reason."""
    return await service.refuse(session, principal, keys, request_id, body.note)


@router.post(
    "/v1/change-requests/{request_id}/withdraw",
    responses=responses(ChangeRequestNotFound, ChangeRequestDecided, NotTheRequester),
)
async def withdraw_change(
    request_id: UUID, body: ChangeNote, session: Tx, principal: Writer, keys: Keys
) -> ChangeRequestDetail:
    """撤回户变更申请 / Take back what one has asked for."""
    return await service.withdraw(session, principal, keys, request_id, body.note)
