"""HTTP edge of the feed: cursor pull and SSE."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from alerts.feed import problems, service, streams
from alerts.feed.rules import AlertFilter
from alerts.feed.schemas import AlertPage
from alerts.settings import AlertsSettings
from alerts.subscriptions import service as subscriptions
from contracts.vocabulary import AlertKind, FieldClass, RiskType, Severity
from servicekit import areas
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Database, Db
from servicekit.failpoints import failpoint_async
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

Reader = Annotated[
    Principal, requires("alerts:read", purpose="接收返贫风险预警 / receive risk alerts", classes=(FieldClass.S2,))
]
After = Annotated[int | None, Query(ge=0, le=2**62, description="position of the last alert that you have")]
Area = Annotated[str | None, Query(pattern=r"^\d{12}$", description="only this area's subtree")]
SubscriptionId = Annotated[
    str | None, Query(pattern=r"^[0-9a-f-]{36}$", description="use the filters of one of your subscriptions")
]


async def _filter(
    database: Database,
    principal: Principal,
    area: str | None,
    risk_types: list[RiskType],
    severities: list[Severity],
    kinds: list[AlertKind],
    subscription_id: str | None,
) -> AlertFilter:
    if subscription_id is not None:
        async with database.transaction() as session:
            wanted = await subscriptions.filter_of(session, principal, subscription_id)
        if wanted is None:
            raise problems.FilterSubscriptionNotFound("you have no such subscription")
        return wanted
    if area is not None:
        principal.require_area(area)
    roots = [area] if area is not None else list(principal.areas)
    return AlertFilter(
        areas=[areas.range_of(root) for root in roots],
        risk_types=[item.value for item in risk_types],
        severities=[item.value for item in severities],
        kinds=[item.value for item in kinds],
    )


@router.get("", response_model=AlertPage, responses=responses(OutsideArea, InvalidInput))
async def read_alerts(
    principal: Reader,
    database: Db,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    area: Area = None,
    risk_type: Annotated[list[RiskType], Query()] = [],  # noqa: B006 - FastAPI copies it
    severity: Annotated[list[Severity], Query()] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[list[AlertKind], Query()] = [],  # noqa: B006 - FastAPI copies it
    subscription: SubscriptionId = None,
) -> Response:
    """按位置拉取预警 / Read the feed after a position.

    Positions only grow, in the order of commits: go on from `next_after` and nothing is missed.
    """
    wanted = await _filter(database, principal, area, risk_type, severity, kind, subscription)
    items, next_after = await service.read(database, wanted, after or 0, limit)
    if items:
        await failpoint_async("alerts.page_read")
    body = b'{"items":[' + b",".join(item.envelope() for item in items) + b'],"next_after":%d}' % next_after
    return Response(body, media_type="application/json")


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=responses(OutsideArea, InvalidInput, problems.BadPosition, problems.TooManyStreams)
    | {200: {"content": {"text/event-stream": {}}, "description": "one `alert` event each, `id` is the position"}},
)
async def stream_alerts(
    request: Request,
    principal: Reader,
    database: Db,
    after: After = None,
    last_event_id: Annotated[str | None, Header(description="resume after this position")] = None,
    area: Area = None,
    risk_type: Annotated[list[RiskType], Query()] = [],  # noqa: B006 - FastAPI copies it
    severity: Annotated[list[Severity], Query()] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[list[AlertKind], Query()] = [],  # noqa: B006 - FastAPI copies it
    subscription: SubscriptionId = None,
) -> StreamingResponse:
    """实时预警流 / The feed as server-sent events.

    Begins after `Last-Event-ID`, else after `after`, else with what comes from now on.
    """
    wanted = await _filter(database, principal, area, risk_type, severity, kind, subscription)
    start = _position(last_event_id) if last_event_id else after
    if start is None:
        async with database.transaction() as session:
            start = await service.head(session)
    settings: AlertsSettings = request.app.state.settings
    readiness = request.app.state.readiness
    seats: streams.StreamSeats = request.app.state.seats
    seats.require_free(principal.client_id)
    chunks = streams.stream(
        database,
        request.app.state.feed_wakeup,
        wanted,
        start,
        heartbeat_s=settings.stream_heartbeat_s,
        max_age_s=settings.stream_max_age_s,
        is_draining=lambda: bool(readiness.draining),
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
