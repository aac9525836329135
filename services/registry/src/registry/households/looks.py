"""How often anybody may look at what is masked elsewhere: so many times a minute and a day, counted by who acts.

What counts are the recorded looks themselves, of all kinds together; whoever counts holds back the same person's other
looks until the transaction ends, so that no number of processes gives one too many. Source: PIPL Art. 51 (permissions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import store
from registry.households.problems import QuotaUsedUp, TooManyUnmaskings
from registry.households.schemas import QuotaAlertOut, QuotaAlertPage, QuotaAlertQuery, QuotaKind
from registry.households.tables import QuotaAlert
from registry.settings import Quota
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

log = structlog.get_logger(__name__)

marks = Counter(
    "bangfu_look_quota_marks_total",
    "How often somebody came near the day's number of looks at unmasked data (near), or used it up (used_up)",
    ["state"],
)

_MINUTE = timedelta(minutes=1)
_NEAR_OF_TEN = 8


@dataclass(frozen=True)
class Left:
    """What is left of a day's quota, and when it starts again."""

    per_day: int
    left: int
    starts_again_at: datetime


async def require(session: AsyncSession, principal: Principal, quota: Quota) -> None:
    """Let the caller look once more; the look must be recorded in the same transaction.

    Who comes near the day's number, or uses it up, is told to the security administrator: a record and the log say who
    it is, and a metric is watched.

    Raises:
        TooManyUnmaskings: more than `per_minute` in the last minute.
        QuotaUsedUp: `per_day` looks were made today.
    """
    now = clock.now()
    await store.hold_looks(session, principal.actor)
    if await store.looks_since(session, principal.actor, now - _MINUTE) >= quota.per_minute:
        raise TooManyUnmaskings(f"at most {quota.per_minute} a minute", headers={"Retry-After": "60"})
    made = await store.looks_since(session, principal.actor, _begins(now))
    if made >= quota.per_day:
        again = starts_again_at(now)
        raise QuotaUsedUp(
            f"{quota.per_day} looks were made today",
            headers=retry_after(again - now),
            per_day=quota.per_day,
            starts_again_at=again.isoformat(),
        )
    await mark(session, principal, "looks", Taken(made, 1, quota.per_day))


async def shown_in_bulk(session: AsyncSession, principal: Principal) -> int:
    """Give how many persons the caller was shown today by requests for many; others of its pages wait meanwhile."""
    await store.hold_looks(session, principal.actor)
    return await store.shown_in_bulk_since(session, principal.actor, _begins(clock.now()))


@dataclass(frozen=True)
class Taken:
    """What somebody takes of a day's quota: how many were made before, how many more, of how many."""

    made: int
    more: int
    per_day: int


async def mark(session: AsyncSession, principal: Principal, kind: QuotaKind, taken: Taken) -> None:
    """Keep and tell that somebody came near a day's number or used it up, once each."""
    reached = taken.made + taken.more
    crossed = [
        state
        for state, number in (("near", near(taken.per_day)), ("used_up", taken.per_day))
        if taken.made < number <= reached
    ]
    if not crossed:
        return
    state = crossed[-1]
    alert = QuotaAlert(
        id=UUID(ids.new_id()),
        actor=principal.actor,
        client_id=principal.client_id,
        kind=kind,
        state=state,
        taken=reached,
        per_day=taken.per_day,
        areas=list(principal.areas),
        raised_at=clock.now(),
    )
    await store.record_quota_alert(session, alert)
    marks.labels(state).inc()
    log.warning(
        "households.look_quota", state=state, kind=kind, actor=alert.actor, looks=reached, per_day=alert.per_day
    )


async def alerts_page(
    session: AsyncSession, principal: Principal, wanted: QuotaAlertQuery, after: Sequence[str] | None
) -> QuotaAlertPage:
    """Give a page of who came near a day's number, the newest first, of people whose areas are all the caller's.

    Raises:
        OutsideArea
    """
    within, parameters = principal.within(wanted.area).area_clause('own.code COLLATE "C"')
    conditions = [f"NOT EXISTS (SELECT FROM unnest(q.areas) AS own(code) WHERE NOT {within})"]
    values = dict[str, Any](parameters)
    if wanted.actor is not None:
        conditions.append("q.actor = :actor")
        values["actor"] = wanted.actor
    if after is not None:
        conditions.append("q.id < CAST(:after AS uuid)")
        values["after"] = after[0]
    rows = await store.quota_alerts(session, conditions, values | {"limit": wanted.limit + 1})
    items = [QuotaAlertOut.model_validate(row.model_dump() | {"id": str(row.id)}) for row in rows[: wanted.limit]]
    return QuotaAlertPage(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None)


async def left(session: AsyncSession, principal: Principal, per_day: int) -> Left:
    """Give what is left of the caller's quota of today."""
    now = clock.now()
    made = await store.looks_since(session, principal.actor, _begins(now))
    return Left(per_day, max(0, per_day - made), starts_again_at(now))


def near(per_day: int) -> int:
    """Give the number of the look at which a day's quota is nearly used up: four fifths, rounded up."""
    return -(-per_day * _NEAR_OF_TEN // 10)


def starts_again_at(now: datetime) -> datetime:
    """Give when a day's quota starts again: the next midnight in China."""
    return _begins(now) + timedelta(days=1)


def retry_after(wait: timedelta) -> dict[str, str]:
    """Give the header that says when to come back."""
    return {"Retry-After": str(max(1, round(wait.total_seconds())))}


def _begins(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(clock.CHINA).date(), time.min, tzinfo=clock.CHINA)
