"""Runs the README's walk-through twice against a fresh system and compares what it prints with what the page shows.

    python scripts/walkthrough.py            start `bangfu up` on free ports, walk, stop
    python scripts/walkthrough.py --list     only show the commands that would run

A step is a ```bash block after `<!-- walk -->`; a ```text block right after it is what the step prints.
In it `<anything>` stands for a value that differs from run to run, a line `...` for any number of lines.
All steps run in one bash, as if pasted one after the other.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "build" / "walkthrough"
START_LIMIT_S = 240.0
WALK_LIMIT_S = 180.0
STEP = re.compile(
    r"^<!-- walk -->\n```bash\n(?P<commands>.*?)^```\n(?:\n*```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
MARK = "@@walk@@"


@dataclass(frozen=True)
class Step:
    """Commands of the page, the text shown under them (None: nothing is shown) and the line they begin at."""

    line: int
    commands: str
    shown: str | None


class WalkError(Exception):
    """The system did not start, or the page shows something else than it does."""


def steps_of(page: str) -> list[Step]:
    """The page's steps, in order."""
    return [
        Step(page.count("\n", 0, found.start()) + 2, found["commands"], found["shown"]) for found in STEP.finditer(page)
    ]


def difference(shown: str, printed: str) -> str | None:
    """Say where `printed` is not what the page shows; None when it is."""
    pattern = ""
    for line in shown.strip("\n").splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += re.sub(r"<[^<>\n]+>", r"[^\\n]+?", re.escape(line.rstrip())) + r"[ \t]*\n"
    if re.fullmatch(pattern, printed.strip("\n") + "\n"):
        return None
    return f"--- the page shows\n{shown.strip()}\n--- it printed\n{printed.strip()}"


def walk(steps: list[Step], environment: dict[str, str]) -> None:
    """Run the steps in one bash and compare.

    Raises:
        WalkError: with every difference.
    """
    script = "".join(f"printf '\\n%s\\n' '{MARK}{number}'\n{step.commands}" for number, step in enumerate(steps))
    process = subprocess.Popen(
        ["bash"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        stdout, stderr = process.communicate(script, timeout=WALK_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        stderr += f"\nthe walk did not end within {WALK_LIMIT_S:.0f} s and was stopped"
    printed = dict(re.findall(rf"^{MARK}(\d+)\n(.*?)(?=^{MARK}|\Z)", stdout, re.MULTILINE | re.DOTALL))
    faults = []
    for number, step in enumerate(steps):
        text = printed.get(str(number))
        if text is None:
            faults.append(f"README.md:{step.line} was not reached")
            break
        fault = None if step.shown is None else difference(step.shown, text)
        print(f"walkthrough: README.md:{step.line} {'ok' if fault is None else 'DIFFERS'}", flush=True)
        faults += [] if fault is None else [f"README.md:{step.line}\n{fault}"]
    if faults:
        raise WalkError("\n\n".join(faults) + f"\n--- standard error\n{stderr[:3000]}")


@contextlib.contextmanager
def fresh_system() -> Iterator[dict[str, str]]:
    """`bangfu up` on free ports with empty data; gives the environment in which the page finds it.

    Raises:
        WalkError: if it does not answer within four minutes.
    """
    DATA.parent.mkdir(exist_ok=True)
    log = DATA.with_suffix(".log")
    credentials = DATA / "credentials.json"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("bangfu")), "up", "--fresh", "--port", "0", "--data-dir", str(DATA)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        # The panel is the last thing `up` does: by then the gateway answers and every client is known.
        while "credentials" not in log.read_text(encoding="utf-8", errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise WalkError(
                    f"bangfu up did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
                )
            time.sleep(0.2)
        url = json.loads(credentials.read_text(encoding="utf-8"))["url"]
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310  our own loopback address
            if answer.status != 200:
                raise WalkError(f"{url}/readyz answers {answer.status}")
        yield {**os.environ, "BANGFU_URL": url, "BANGFU_CREDENTIALS": str(credentials)}
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise WalkError("bangfu up did not stop within 60 s of Ctrl-C") from None


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Run the README's walk-through")
    parser.add_argument("--list", action="store_true", help="only print the commands")
    options = parser.parse_args()
    steps = steps_of((ROOT / "README.md").read_text(encoding="utf-8"))
    if not steps:
        print("walkthrough: README.md has no step", file=sys.stderr)
        return 1
    if options.list:
        print("\n".join(step.commands for step in steps))
        return 0
    began = time.monotonic()
    try:
        with fresh_system() as environment:
            for _ in range(2):  # whoever tries it tries it again on the same system
                walk(steps, environment)
    except (WalkError, urllib.error.URLError) as error:
        print(f"walkthrough: {error}", file=sys.stderr)
        return 1
    print(f"walkthrough: {len(steps)} steps show what the page says ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
