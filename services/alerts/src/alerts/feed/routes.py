"""HTTP edge of the feed: cursor pull and SSE."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from alerts.access.service import Rights
from alerts.feed import problems, service, streams
from alerts.feed.problems import AccessWithdrawn
from alerts.feed.rules import AlertFilter
from alerts.feed.schemas import AlertPage, AlertQuery, PageQuery
from alerts.settings import AlertsSettings
from contracts.vocabulary import FieldClass
from servicekit import areas
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Database, Db
from servicekit.failpoints import failpoint_async
from servicekit.problems import FieldError, InvalidInput, responses

FilterOf = Callable[[AsyncSession, Principal, str], Awaitable[AlertFilter]]

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

Reader = Annotated[
    Principal, requires("alerts:read", purpose="接收返贫风险预警 / receive risk alerts", classes=(FieldClass.S2,))
]


async def _wanted(request: Request, principal: Principal, database: Database, query: AlertQuery) -> AlertFilter:
    """Give what is wanted, as far as the caller may have it now: a token may be older than the rights."""
    wanted = await _asked_for(request, principal, database, query)
    if not await _may_have(request, principal, wanted):
        raise AccessWithdrawn("the client may not read these alerts any more")
    return wanted


async def _may_have(request: Request, principal: Principal, wanted: AlertFilter) -> bool:
    rights: Rights = request.app.state.rights
    right = await rights.of(principal.client_id)
    # Of a client that the gateway does not keep, its issuer's token says everything.
    return right is None or (right.may_read and all(right.covers(low, high) for low, high in wanted.areas))


async def _asked_for(request: Request, principal: Principal, database: Database, query: AlertQuery) -> AlertFilter:
    if query.subscription is not None:
        others = ("area", "risk_type", "severity", "kind")
        if both := [name for name in others if getattr(query, name)]:
            errors = [
                FieldError(f"query:{name}", "parameter.unexpected", "a subscription has its own") for name in both
            ]
            raise InvalidInput("the subscription says what is wanted; leave the other filters out", errors=errors)
        async with database.transaction() as session:
            return await filter_of_subscription(request)(session, principal, query.subscription)
    if query.area is not None:
        principal.require_area(query.area)
    roots = [query.area] if query.area is not None else list(principal.areas)
    return AlertFilter(
        areas=[areas.range_of(root) for root in roots],
        risk_types=[item.value for item in query.risk_type],
        severities=[item.value for item in query.severity],
        kinds=[item.value for item in query.kind],
    )


def filter_of_subscription(request: Request) -> FilterOf:
    """Give what knows the filters of subscriptions, a feature above this one; `create_app` puts it there."""
    known: FilterOf = request.app.state.filter_of_subscription
    return known


@router.get("", response_model=AlertPage, responses=responses(OutsideArea, InvalidInput, AccessWithdrawn))
async def read_alerts(
    request: Request, principal: Reader, database: Db, query: Annotated[PageQuery, Query()]
) -> Response:
    """按位置拉取预警 / Read the feed after a position.

    Positions only grow, in the order of commits: go on from `next_after` and nothing is missed.
    """
    wanted = await _wanted(request, principal, database, query)
    items, next_after = await service.read(database, wanted, query.after or 0, query.limit)
    if items:
        await failpoint_async("alerts.page_read")
    body = b'{"items":[' + b",".join(item.envelope() for item in items) + b'],"next_after":%d}' % next_after
    return Response(body, media_type="application/json")


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=responses(OutsideArea, InvalidInput, AccessWithdrawn, problems.BadPosition, problems.TooManyStreams)
    | {200: {"content": {"text/event-stream": {}}, "description": "one `alert` event each, `id` is the position"}},
)
async def stream_alerts(
    request: Request,
    principal: Reader,
    database: Db,
    query: Annotated[AlertQuery, Query()],
    last_event_id: Annotated[str | None, Header(description="resume after this position")] = None,
) -> StreamingResponse:
    """实时预警流 / The feed as server-sent events.

    Begins after `Last-Event-ID`, else after `after`, else with what comes from now on.
    """
    wanted = await _wanted(request, principal, database, query)
    start = _position(last_event_id) if last_event_id else query.after
    if start is None:
        async with database.transaction() as session:
            start = await service.head(session)
    settings: AlertsSettings = request.app.state.settings
    readiness = request.app.state.readiness
    seats: streams.StreamSeats = request.app.state.seats
    seats.require_free(principal.client_id)

    async def goes_on() -> bool:
        return not readiness.draining and await _may_have(request, principal, wanted)

    chunks = streams.stream(
        database,
        request.app.state.feed_wakeup,
        wanted,
        start,
        heartbeat_s=settings.stream_heartbeat_s,
        max_age_s=settings.stream_max_age_s,
        goes_on=goes_on,
    )
    return StreamingResponse(
        streams.seated(chunks, seats, principal.client_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise problems.BadPosition("Last-Event-ID must be a position of the feed")
    return int(text)
