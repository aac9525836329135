"""HTTP load from outside the measured processes: wrk, one thread, keep-alive connections."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from bench.debian import need
from bench.harness import Bench
from bench.processes import Usage
from bench.results import WrongWorkError

_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """What wrk saw in one run."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float


async def wrk(bench: Bench, url: str, *, connections: int, seconds: float, token: str) -> tuple[Load, Usage]:
    """Ask for `url` as fast as it is answered.

    Raises:
        WrongWorkError: if any answer was not 2xx, or a socket failed.
    """
    command = [need("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout", "30s",
               "-H", f"Authorization: Bearer {token}", url]  # fmt: skip
    with bench.meter.timing() as usage:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        shown = (await process.communicate())[0].decode()
    if "Non-2xx" in shown or "Socket errors" in shown or "Requests/sec" not in shown:
        raise WrongWorkError(f"wrk {url}: {shown}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    assert found is not None
    return Load(float(found.group(1)), _percentile(shown, 50), _percentile(shown, 99)), usage


def _percentile(shown: str, which: int) -> float:
    found = re.search(rf"^\s+{which}%\s+([\d.]+)(us|ms|s)\s*$", shown, re.MULTILINE)
    assert found is not None
    return float(found.group(1)) * _UNITS_MS[found.group(2)]
