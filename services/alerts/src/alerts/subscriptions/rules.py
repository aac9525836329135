"""Decisions about deliveries: when to try again, what an answer means, when to give an endpoint up. Pure.

Source: Standard Webhooks 1.0.0 (retry schedule, 410, 429/503 with Retry-After, thin payloads); schedule and the
five days of only failures as widely deployed senders use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

RETRY_DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
JITTER_SHARE: Final = 0.1  # a delay is stretched by up to this share, so that failures do not come back in step
GIVE_UP_AFTER: Final = timedelta(days=5)
ROTATION_OVERLAP: Final = timedelta(hours=24)
MAX_RETRY_AFTER: Final = timedelta(hours=24)  # a receiver may slow us down, not stop us for ever
CAUTIOUS_FROM_STREAK: Final = 10  # failures in a row from which an endpoint gets one request at a time


class DeliveryState(StrEnum):
    """How a delivery stands; every one ends delivered, exhausted or disabled."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: a status, or the kind of failure before one."""

    status: int | None
    error: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an answer means.

    Attributes:
        state: PENDING means that `next_attempt_at` is set.
        pause_until: The whole endpoint asked for silence until then.
        disable: The receiver said that it is gone.
    """

    state: DeliveryState
    next_attempt_at: datetime | None = None
    pause_until: datetime | None = None
    disable: bool = False


def is_success(answer: Answer) -> bool:
    """Tell whether the receiver took the event: 2xx and nothing else; a redirect is a failure."""
    return answer.status is not None and 200 <= answer.status < 300


def decide(answer: Answer, *, attempt: int, now: datetime, jitter: float) -> Decision:
    """Decide after an attempt.

    Args:
        attempt: 1-indexed number of the attempt that was just made.
        jitter: In [0, 1); stretches the delay by that share of `JITTER_SHARE`.
    """
    if is_success(answer):
        return Decision(DeliveryState.DELIVERED)
    if answer.status == 410:
        return Decision(DeliveryState.DISABLED, disable=True)
    pause_until: datetime | None = None
    if answer.status in (429, 503) and answer.retry_after is not None:
        pause_until = now + min(answer.retry_after, MAX_RETRY_AFTER)
    if attempt > len(RETRY_DELAYS):
        return Decision(DeliveryState.EXHAUSTED, pause_until=pause_until)
    at = now + RETRY_DELAYS[attempt - 1] * (1 + JITTER_SHARE * jitter)
    if pause_until is not None:
        at = max(at, pause_until)
    return Decision(DeliveryState.PENDING, next_attempt_at=at, pause_until=pause_until)


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Give the delay of a Retry-After header (seconds or HTTP date); None if there is none or it makes no sense.

    Source: RFC 9110, 10.2.3.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return max(at - now, timedelta(0))
