"""Waiting for what another process does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], Awaitable[bool]], *, within_s: float = 60.0) -> float:
    """Wait until `is_so`, looking twenty times a second; give the seconds it took.

    Raises:
        TimeoutError: it did not come true.
    """
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while not await is_so():  # noqa: ASYNC110  another process cannot set an event here
            await asyncio.sleep(0.05)
    return time.monotonic() - began
