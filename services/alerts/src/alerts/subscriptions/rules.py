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


_SAID: Final = {
    "redirect": (
        "接收端返回重定向;推送不跟随重定向,请登记最终地址",
        "the receiver redirects, which is not followed: register the address that it leads to",
    ),
    "timeout": ("接收端在时限内没有应答,请先应答再处理", "no answer in time: answer first, then act"),
    "connect": (
        "无法连接:端口未开、证书无效或网络不通",
        "no connection: the port is closed, the certificate does not hold, or there is no way there",
    ),
    "secret_unreadable": (
        "签名密钥无法读取,请联系系统管理员", "the secret that signs cannot be read: call the administrator"
    ),
    "host.unresolved": ("主机名无法解析", "the name of the host has no address"),
    "host.not_allowed": (
        "主机不在管理员的允许名单内", "the host is not on the administrator's allow-list"
    ),
    "address.denied": ("主机指向始终禁止的地址", "the host leads to an address that is never allowed"),
}  # fmt: skip


def explain(answer: Answer) -> tuple[str, str]:
    """Say what an answer means to whoever runs the receiver, in Chinese and in English."""
    if is_success(answer):
        return f"接收端已收到,返回 {answer.status}", f"the receiver took it and answered {answer.status}"
    if answer.status == 410:
        return "接收端返回 410(不再接收):真实推送会停用该订阅", "410, gone: a real event would disable the subscription"
    if answer.error in _SAID:
        return _SAID[answer.error]
    if answer.status is not None:
        return (
            f"接收端返回 {answer.status},只有 2xx 才算收到",
            f"the receiver answered {answer.status}; only 2xx counts as taken",
        )
    if answer.error is not None and answer.error.startswith("url."):
        return "地址不再符合要求,请修改 url", "the url is not allowed any more: change it"
    return "连接中断或应答无法读取", "the connection broke, or the answer cannot be read"


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
