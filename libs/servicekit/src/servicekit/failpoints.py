"""Named places where a fault harness may kill, fail or delay a process: nothing at all unless armed.

    FAILPOINT=outbox.sent:kill                  SIGKILL of the process that first comes there, once a run
    FAILPOINT=outbox.sent:kill@3                at its third visit
    FAILPOINT=gateway.answered:delay=2.0        each visit waits; `:error` raises instead; `@n`: the n-th visit only
    FAILPOINT=a.b:kill,c.d:error@2              several
    FAILPOINT_STATE=folder                      remembers who was killed, over restarts and between processes
    FAILPOINT_TRACE=file                        a line for each visit: coverage of the harness

A name is `<area>.<what has just happened>`. Each has a row in tests/faults/catalogue.toml; a test compares the two.
Only a service in embedded mode arms them; a production service refuses to start with `FAILPOINT` set.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_SPEC = re.compile(
    r"(?P<name>[a-z]+(?:\.[a-z_]+)+):(?P<action>kill|error|delay=(?P<seconds>\d+(?:\.\d+)?))(?:@(?P<nth>\d+))?"
)
VARIABLES = ("FAILPOINT", "FAILPOINT_STATE", "FAILPOINT_TRACE")


class FailpointError(Exception):
    """What an armed `:error` raises; no code of ours may expect it."""


@dataclass(frozen=True)
class Action:
    """What happens at a failpoint.

    Attributes:
        seconds: For `delay`.
        nth: Only at this visit of the process, counted from 1; 0: at the first for `kill`, at each for the others.
    """

    kind: Literal["kill", "error", "delay"]
    seconds: float = 0.0
    nth: int = 0


def parse(text: str) -> dict[str, Action]:
    """Read the variable `FAILPOINT`.

    Raises:
        ValueError: a part that is not `name:kill`, `name:error` or `name:delay=SECONDS`, each with an optional `@n`.
    """
    actions: dict[str, Action] = {}
    for part in filter(None, (item.strip() for item in text.split(","))):
        match = _SPEC.fullmatch(part)
        if match is None:
            raise ValueError(f"FAILPOINT cannot be read at {part[:60]!r}")
        kind = match["action"].partition("=")[0]
        seconds = float(match["seconds"] or 0)
        actions[match["name"]] = Action(kind, seconds, int(match["nth"] or 0))  # type: ignore[arg-type]  # the pattern's
    return actions


class _Armed:
    """The failpoints of a process under test."""

    def __init__(self, actions: Mapping[str, Action], state: Path | None, trace: Path | None) -> None:
        self._actions = actions
        self._state = state
        self._visits: Counter[str] = Counter()
        self._lock = threading.Lock()  # parts are written and compared in threads
        # One short append a line is whole, whoever else writes.
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if trace else None

    def visit(self, name: str) -> float:
        """Note a visit and do what is due; give the seconds to wait.

        Raises:
            FailpointError: where an error is due.
        """
        if self._trace is not None:
            os.write(self._trace, f"{name} {os.getpid()}\n".encode())
        action = self._actions.get(name)
        if action is None:
            return 0.0
        with self._lock:
            self._visits[name] += 1
            visits = self._visits[name]
        if action.nth and visits != action.nth:
            return 0.0
        if action.kind == "error":
            raise FailpointError(name)
        if action.kind == "kill" and self._is_first_kill(name):
            os.kill(os.getpid(), signal.SIGKILL)
        return action.seconds

    def _is_first_kill(self, name: str) -> bool:
        if self._state is None:
            return True
        try:
            marker = os.open(self._state / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return False
        os.write(marker, f"{time.time()} {os.getpid()}\n".encode())
        os.close(marker)
        return True


_armed: _Armed | None = None


def arm(environment: Mapping[str, str], *, is_embedded: bool) -> None:
    """Arm what the environment names, for the rest of the process.

    Raises:
        ValueError: not in embedded mode, or unreadable.
    """
    global _armed  # noqa: PLW0603  one process, one set of failpoints: looked at on every hot path
    given = {name: environment[name] for name in VARIABLES if environment.get(name)}
    if not given:
        _armed = None
        return
    if not is_embedded:
        raise ValueError(f"{', '.join(given)}: failpoints are only for embedded mode")
    state, trace = given.get("FAILPOINT_STATE"), given.get("FAILPOINT_TRACE")
    _armed = _Armed(parse(given.get("FAILPOINT", "")), Path(state) if state else None, Path(trace) if trace else None)


def failpoint(name: str) -> None:
    """Come by the failpoint `name`. A delay blocks the thread: in async code use `failpoint_async`."""
    if _armed is not None and (seconds := _armed.visit(name)):
        time.sleep(seconds)


async def failpoint_async(name: str) -> None:
    """Come by the failpoint `name`; a delay leaves the event loop to others."""
    if _armed is not None and (seconds := _armed.visit(name)):
        await asyncio.sleep(seconds)
