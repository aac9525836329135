"""Commands and steps of the check: what runs, how long it took, what it said when it failed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TAIL_LINES = 40


class CheckFailedError(Exception):
    """Something does not hold; the message says what."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step's name when it begins, and its seconds when it ends, well or not."""
    print(f"compose-check: {name}", flush=True)
    began_s = time.monotonic()
    result = "FAILED after"
    try:
        yield
        result = "done in"
    finally:
        print(f"compose-check:   {result} {time.monotonic() - began_s:.1f} s", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = 900.0,
) -> str:
    """Run a command in the repository's root; give its standard output.

    Raises:
        CheckFailedError: it could not be started, ended with another status than 0, or took longer than `timeout_s`;
            the message ends with the last lines of its output.
    """
    shown = " ".join(str(part) for part in command[:6])
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        raise CheckFailedError(f"{shown}: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise CheckFailedError(f"{shown}: no end after {timeout_s:.0f} s") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_TAIL_LINES:])
        raise CheckFailedError(f"{shown} ended with {done.returncode}\n{said}")
    return done.stdout


def succeeds(
    command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, timeout_s: float = 60.0
) -> bool:
    """Tell whether a command ends with 0."""
    try:
        run(command, environment=environment, timeout_s=timeout_s)
    except CheckFailedError:
        return False
    return True
