"""Asks every process all the time whether it is ready, and judges the answers by what was really down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from faults.arena import Arena, Outage

EVERY_S = 0.25
ANSWER_S = 1.0
NOTICE_S = 1.0
"""How long after a dependency went away a process may still say that it is ready."""

_PARTIAL = ("slow", "roll")
"""Causes that leave a process able to work at times: readiness may be either."""


@dataclass(frozen=True)
class Answer:
    """One look at a process: asked at `asked_s`, known at `known_s`, seconds since the run began."""

    process: str
    asked_s: float
    known_s: float
    is_ready: bool


class Prober:
    """Probes until stopped."""

    def __init__(self, arena: Arena) -> None:
        """Probe the processes of `arena`."""
        self._arena = arena
        self._tasks: list[asyncio.Task[None]] = []
        self.answers: list[Answer] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._probe(name, process.ready_url)) for name, process in self._arena.processes.items()
        ]

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _probe(self, name: str, url: str) -> None:
        history, was_ready = self._arena.history, None
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_S) as http:
            while True:
                asked_s, is_ready = history.now_s(), False
                with contextlib.suppress(httpx.HTTPError):
                    is_ready = (await http.get(url)).status_code == 200
                self.answers.append(Answer(name, asked_s, history.now_s(), is_ready))
                if is_ready != was_ready:
                    history.append("readiness", process=name, is_ready=is_ready)
                    was_ready = is_ready
                await asyncio.sleep(EVERY_S)


def lies(answers: Sequence[Answer], outages: Sequence[Outage]) -> list[str]:
    """P8: say who claimed to be ready while something it depends on was away.

    A process has `NOTICE_S` to notice, and an answer that came after the end proves nothing.
    """
    found: dict[str, Answer] = {}
    for outage in outages:
        if outage.cause.startswith(_PARTIAL):
            continue
        for answer in answers:
            is_inside = outage.began_s + NOTICE_S < answer.asked_s and answer.known_s < outage.ended_s
            if is_inside and answer.is_ready and answer.process in outage.processes:
                found.setdefault(f"{answer.process} said it was ready during {outage.cause}", answer)
    return [f"{text} ({answer.asked_s:.1f} s)" for text, answer in found.items()]
