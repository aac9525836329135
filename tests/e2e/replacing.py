"""Replacing a process of a running system as Kubernetes does: SIGTERM, drain, the next one starts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from typing import Any

import httpx

from bangfu_local.embedded import EmbeddedSystem

READY_S = 90.0


async def replace(system: EmbeddedSystem, name: str, environment: Mapping[str, str] | None = None) -> float:
    """End `sharing-api`, say, with SIGTERM and wait until its successor is ready; give the seconds that it drained.

    Args:
        environment: Variables that the successor gets, and those after it.
    """
    child = system.family[name]
    if environment:
        variables: Any = child.command.environment  # a dict of the embedded system's own
        variables.update(environment)
    process = child._process
    assert process is not None
    before, began = process.pid, time.monotonic()
    os.kill(before, signal.SIGTERM)
    await process.wait()
    drained_s = time.monotonic() - began
    ends_at = time.monotonic() + READY_S
    async with httpx.AsyncClient(trust_env=False, timeout=3.0) as http:
        while time.monotonic() < ends_at:
            if child.pid not in (None, before):
                try:
                    if (await http.get(child.command.ready_url)).status_code == 200:
                        return drained_s
                except httpx.TransportError:
                    pass
            await asyncio.sleep(0.1)
    raise TimeoutError(f"{name} has no ready successor after {READY_S:.0f} s")
