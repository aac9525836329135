"""Row 17: a machine's real clock steps by two hours under a running service (libfaketime; Debian: libfaketime)."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from faults.arena import Arena
from faults.nemesis.traffic import token_of
from faults.nemesis.waiting import until
from servicekit.embedded.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.soak, pytest.mark.timeout(120)]


def _library() -> Path:
    found = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if found is None:
        pytest.skip("a real clock is moved with libfaketime, which is not installed here (apt-get install libfaketime)")
    return found


async def test_a_service_whose_clock_steps_refuses_what_it_cannot_judge_and_recovers(
    arena: Arena, tmp_path: Path
) -> None:
    """Two hours ahead every token has expired, two hours behind none is given yet: refused, never trusted longer."""
    step = tmp_path / "step"
    step.write_text("+0")
    port = free_port()
    faked = {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(step),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "SHARING_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sharing", "api",
        env={**arena.process("sharing", "api").environment, **faked},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {await token_of(arena, 'edu')}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as http:

        async def status() -> int:
            try:
                return (await http.get("/v1/deliveries", headers=headers)).status_code
            except httpx.TransportError:
                return 0

        async def answers(wanted: int) -> float:
            async def is_so() -> bool:
                return await status() == wanted

            return await until(is_so)

        try:
            await answers(200)
            for offset, wanted in (("+2h", 401), ("+0", 200), ("-2h", 401), ("+0", 200)):
                step.write_text(offset)
                assert await answers(wanted) < 10
                assert (await http.get("/readyz")).status_code == 200
            assert process.returncode is None
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 40)
