"""How long a request is repeated, and after which answers."""

from __future__ import annotations

import random

BUSY = frozenset({429, 502, 503, 504, 507})
"""Answers that say: later."""


class Retries:
    """How long a request is repeated, and how long between.

    Args:
        patience_s: No attempt begins later than this after the first, in seconds; 0 for a single attempt. The
            default lasts over the restart of a service.
        base_s: First pause in seconds; doubled each time up to `longest_s`, with jitter.
        longest_s: Longest pause in seconds.
    """

    def __init__(self, patience_s: float = 60.0, base_s: float = 0.25, *, longest_s: float = 10.0) -> None:
        self.patience_s = patience_s
        self.base_s = base_s
        self.longest_s = longest_s

    def pause_s(self, attempt: int, asked_s: float | None) -> float:
        """Seconds to wait after the `attempt`-th failure (from 0); what the server asked for wins."""
        if asked_s is not None:
            return min(asked_s, 60.0)
        ceiling = min(self.base_s * 2 ** min(attempt, 20), self.longest_s)
        return float(ceiling / 2 + random.uniform(0, ceiling / 2))  # noqa: S311  jitter, not a secret
