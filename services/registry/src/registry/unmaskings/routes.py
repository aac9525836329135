"""HTTP of unmasking in bulk."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.unmaskings import problems, service
from registry.unmaskings.schemas import (
    UnmaskedPage,
    UnmaskedQuery,
    UnmaskingDecision,
    UnmaskingIn,
    UnmaskingOut,
    UnmaskingPage,
    UnmaskingQuery,
)
from registry.unmaskings.written import as_csv
from registry.wire import Keys, Settings
from servicekit.auth import MissingScope, OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/unmaskings", tags=["households"])

_UNMASK = "persons:unmask"
Asker = Annotated[Principal, requires(_UNMASK, purpose="批量查看完整身份 / see many in full", classes=(FieldClass.S4,))]
Reader = Annotated[
    Principal,
    requires(
        _UNMASK, service.CONFIRM, "audit:read",
        purpose="查看批量查看申请 / read requests for many", classes=(FieldClass.S2,),
    ),
]  # fmt: skip
Decider = Annotated[
    Principal,
    requires(
        _UNMASK, service.CONFIRM, purpose="复核批量查看申请 / decide on requests for many", classes=(FieldClass.S2,)
    ),
]


@router.post(
    "",
    status_code=201,
    responses=responses(
        OutsideArea,
        problems.UnmaskingInvalid,
        households.HouseholdNotFound,
        households.PersonNotFound,
        households.CaseUnknown,
        KeyReused,
    ),
)
async def ask_unmasking(
    body: UnmaskingIn,
    session: Tx,
    principal: Asker,
    settings: Settings,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> UnmaskingOut:
    """申请批量查看 / Ask to see many persons in full; nothing is shown before another person has confirmed it.

    Whom it is about is fixed now. It waits for `REGISTRY_UNMASK_BULK_HOURS`.
    """

    async def create() -> UnmaskingOut:
        return await service.ask(session, principal, body, settings)

    return await key.once(session, principal, "POST /v1/unmaskings", body, create, UnmaskingOut, response)


@router.get("", responses=responses(OutsideArea))
async def list_unmaskings(session: Tx, principal: Reader, query: Annotated[UnmaskingQuery, Query()]) -> UnmaskingPage:
    """批量查看申请 / What was asked about the caller's areas, the newest first, and who decided; nobody is shown."""
    return await service.page(session, principal, query, read_cursor(query.cursor, UUID))


@router.post(
    "/{request_id}/decision",
    responses=responses(
        problems.UnmaskingNotFound, problems.UnmaskingSecondPerson, problems.UnmaskingDecided, MissingScope
    ),
)
async def decide_unmasking(
    request_id: UUID, body: UnmaskingDecision, session: Tx, principal: Decider, settings: Settings
) -> UnmaskingOut:
    """复核批量查看 / Confirm or refuse a request as the second person; who asked may take it back.

    What was confirmed may be read for `REGISTRY_UNMASK_BULK_HOURS`, unless it is refused or taken back before.
    """
    return await service.decide(session, principal, request_id, body, settings)


@router.get(
    "/{request_id}/persons",
    response_model=UnmaskedPage,
    responses=responses(
        problems.UnmaskingNotFound,
        problems.UnmaskingNotYours,
        problems.UnmaskingNotConfirmed,
        problems.UnmaskingGone,
        problems.BulkQuotaUsedUp,
    )
    | {200: {"model": UnmaskedPage, "content": {"text/csv": {}}}},
)
async def read_unmasking(
    request_id: UUID,
    session: Tx,
    principal: Asker,
    query: Annotated[UnmaskedQuery, Query()],
    keys: Keys,
    settings: Settings,
    response: Response,
) -> UnmaskedPage | Response:
    """读取批量查看结果 / Show whom a confirmed request is about to who asked, page by page or as CSV.

    Each person shown is recorded as a look and counts in the day's number (`REGISTRY_UNMASK_BULK_PER_DAY`), also when
    the same page is read again.
    """
    [after] = read_cursor(query.cursor, int) or [0]
    is_csv = query.format == "csv"
    reading = service.Reading(after, settings.unmask_bulk_most if is_csv else query.limit, settings.unmask_bulk_per_day)
    page = await service.read(session, principal, keys, request_id, reading)
    if is_csv:
        name = {"Content-Disposition": f'attachment; filename="{request_id}.csv"', "Cache-Control": "no-store"}
        return Response(as_csv(page), media_type="text/csv; charset=utf-8", headers=name)
    response.headers["Cache-Control"] = "no-store"
    return page
