"""How often anybody may look at what is masked elsewhere: so many times a minute and a day, counted by who acts.

What counts are the recorded looks themselves, of all kinds together; whoever counts holds back the same person's other
looks until the transaction ends, so that no number of processes gives one too many. Source: standards 2.1 (quotas).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import store
from registry.households.problems import QuotaUsedUp, TooManyUnmaskings
from registry.settings import Quota
from servicekit import clock
from servicekit.auth import Principal

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

    Who comes near the day's number, or uses it up, is told to the security administrator: the log says who it is, and
    a metric is watched.

    Raises:
        TooManyUnmaskings: more than `per_minute` in the last minute.
        QuotaUsedUp: `per_day` looks were made today.
    """
    now = clock.now()
    await store.hold_looks(session, principal.actor)
    if await store.looks_since(session, principal.actor, now - _MINUTE) >= quota.per_minute:
        raise TooManyUnmaskings(f"at most {quota.per_minute} a minute", headers={"Retry-After": "60"})
    begins = _begins(now)
    number = await store.looks_since(session, principal.actor, begins) + 1
    if number > quota.per_day:
        again = begins + timedelta(days=1)
        raise QuotaUsedUp(
            f"{quota.per_day} looks were made today",
            headers={"Retry-After": str(max(1, round((again - now).total_seconds())))},
            per_day=quota.per_day,
            starts_again_at=again.isoformat(),
        )
    mark = "used_up" if number == quota.per_day else "near" if number == near(quota.per_day) else None
    if mark is not None:
        marks.labels(mark).inc()
        log.warning("households.look_quota", state=mark, actor=principal.actor, looks=number, per_day=quota.per_day)


async def left(session: AsyncSession, principal: Principal, per_day: int) -> Left:
    """Give what is left of the caller's quota of today."""
    begins = _begins(clock.now())
    made = await store.looks_since(session, principal.actor, begins)
    return Left(per_day, max(0, per_day - made), begins + timedelta(days=1))


def near(per_day: int) -> int:
    """Give the number of the look at which a day's quota is nearly used up: four fifths, rounded up."""
    return -(-per_day * _NEAR_OF_TEN // 10)


def _begins(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(clock.CHINA).date(), time.min, tzinfo=clock.CHINA)
