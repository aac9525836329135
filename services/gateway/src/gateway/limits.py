"""A rate limiter that needs one number per client: the generic cell rate algorithm."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

from pydantic import BaseModel, Field


class RateLimit(BaseModel):
    """How many requests a client may make on routes of one class.

    `quota` requests may come at once; they are given back evenly over `window_s` seconds.
    """

    quota: int = Field(ge=1)
    window_s: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limiter says about one request.

    Attributes:
        remaining: Requests that would still be let through at this moment.
        reset_s: Seconds until the full quota is there again.
        retry_after_s: Seconds until one request would be let through; 0 when this one was.
    """

    is_allowed: bool
    remaining: int
    reset_s: int
    retry_after_s: int


class Limiter:
    """Keeps the theoretical arrival time per key, in the memory of this process.

    Replicas count for themselves: with n replicas a client gets up to n times the quota.
    """

    def __init__(self, limit: RateLimit, *, max_keys: int = 100_000) -> None:
        self._interval_s = limit.window_s / limit.quota
        self._window_s = float(limit.window_s)
        self._arrivals: dict[Hashable, float] = {}
        self._max_keys = max_keys

    def take(self, key: Hashable, now_s: float) -> Verdict:
        """Count one request of `key` at the monotonic time `now_s`; a refused one costs nothing."""
        arrival = max(self._arrivals.get(key, now_s), now_s)
        due = arrival + self._interval_s
        room_s = self._window_s - (due - now_s)
        if room_s < -1e-9:
            reset = arrival - now_s
            return Verdict(False, 0, math.ceil(reset), max(1, math.ceil(-room_s)))
        if len(self._arrivals) >= self._max_keys:
            self._forget(now_s)
        self._arrivals[key] = due
        return Verdict(True, int((room_s + 1e-9) / self._interval_s), math.ceil(due - now_s), 0)

    def _forget(self, now_s: float) -> None:
        self._arrivals = {key: due for key, due in self._arrivals.items() if due > now_s}
        if len(self._arrivals) >= self._max_keys:
            self._arrivals.clear()
