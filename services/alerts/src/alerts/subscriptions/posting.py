"""One signed POST to a webhook: the same for what is delivered and for what is tried."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from alerts.subscriptions import rules, service, signing
from alerts.subscriptions.attempts import Attempt
from alerts.subscriptions.problems import TargetForbidden
from alerts.subscriptions.rules import Answer
from alerts.subscriptions.transport import GuardedTransport
from servicekit import cloud_events
from servicekit.crypto import DecryptionError, FieldCipher
from servicekit.http_client import build_client

_RESPONSE_CAP = 64 * 1024  # bytes of a response that are read, only so that its connection can be used again
_RESPONSE_READ_S = 1.0


@dataclass(frozen=True, slots=True)
class Letter:
    """An event on its way to one webhook. `secrets` are ciphertexts, the newest first."""

    subscription_id: str
    url: str
    secrets: Sequence[str]
    event_id: str
    body: bytes
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a POST, when it began, and how long it took."""

    letter: Letter
    answer: Answer
    at: datetime
    duration_s: float

    def attempt(self, event_type: str, position: int | None) -> Attempt:
        """Give what is logged of it."""
        letter, answer = self.letter, self.answer
        return Attempt(
            letter.subscription_id, letter.event_id, event_type, position, self.at, answer.status, answer.error,
            self.duration_ms,
        )  # fmt: skip

    @property
    def duration_ms(self) -> int:
        """Whole milliseconds."""
        return round(self.duration_s * 1000)


class Poster:
    """Signs and posts, only to where the policy of the transport allows."""

    def __init__(
        self,
        cipher: FieldCipher,
        transport: GuardedTransport,
        *,
        timeout_s: float,
        pool_size: int,
        clock: Callable[[], datetime] = service.wall_clock,
    ) -> None:
        """Give an attempt up after `timeout_s`; `clock` is real time, tests move it."""
        self._cipher = cipher
        self._client = build_client(
            connect_s=min(5.0, timeout_s), read_s=timeout_s, pool_size=pool_size, transport=transport
        )
        self._timeout_s = timeout_s
        self._clock = clock

    async def post(self, letter: Letter) -> Posted:
        """Post once; whatever goes wrong is the answer."""
        at = self._clock()
        ticks = time.perf_counter()
        answer = await self._answer(letter)
        return Posted(letter, answer, at, time.perf_counter() - ticks)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _answer(self, letter: Letter) -> Answer:
        try:
            place = service.secret_place(letter.subscription_id)
            secrets = [self._cipher.decrypt(secret, place) for secret in letter.secrets]
        except DecryptionError:
            return Answer(None, "secret_unreadable")
        headers = {
            "content-type": cloud_events.MEDIA_TYPE,
            "user-agent": "Bangfu-Webhooks/1",
            **signing.headers(secrets, letter.event_id, self._clock(), letter.body),
        }
        if letter.traceparent:
            headers["traceparent"] = letter.traceparent
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", letter.url, content=letter.body, headers=headers) as response,
            ):
                retry_after = rules.parse_retry_after(response.headers.get("retry-after"), self._clock())
                await _read_some(response)
                error = None if response.is_success else ("redirect" if response.has_redirect_location else "status")
                return Answer(response.status_code, error, retry_after)
        except TargetForbidden as error:
            return Answer(None, error.reason)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, "timeout")
        except httpx.ConnectError:
            return Answer(None, "connect")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            return Answer(None, type(error).__name__)


async def _read_some(response: httpx.Response) -> None:
    """Read a short response to its end, so that its connection stays usable; leave a long or slow one."""
    size = 0
    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_RESPONSE_READ_S):
            async for chunk in response.aiter_raw(8192):
                size += len(chunk)
                if size > _RESPONSE_CAP:
                    return
