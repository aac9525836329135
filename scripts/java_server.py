"""What the servers for tests that Java runs have in common: a fetch with Maven, a process of our own, its end.

Where Java or Maven is missing, `run` says so loudly and skips the command, except in CI (CI=true), where that is a
failure.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil  # type: ignore[import-untyped]  # it ships no types

ROOT = Path(__file__).resolve().parent.parent
JAVA_MIN = 17
STOP_LIMIT_S = 20.0
_RECORD = "server.pid"


class UnavailableError(Exception):
    """The server cannot run here: the message says what is missing."""


@dataclass(frozen=True)
class Server:
    """A running server: its address, its process and the folder of its files."""

    address: str
    pid: int
    home: Path


def java() -> str:
    """Path of a Java that can run the servers.

    Raises:
        UnavailableError: if there is none of version 17 or newer.
    """
    candidates = [str(Path(os.environ["JAVA_HOME"]) / "bin" / "java")] if "JAVA_HOME" in os.environ else []
    found = next((path for path in (*candidates, "java") if shutil.which(path)), None)
    if found is None:
        raise UnavailableError(f"Java {JAVA_MIN} or newer is not installed (no `java` on PATH, no JAVA_HOME)")
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', shown)
    if version is None or int(version.group(1)) < JAVA_MIN:
        raise UnavailableError(f"Java {JAVA_MIN} or newer is needed, `{found} -version` says: {shown.strip()}")
    return found


def fetch(what: str, pom: Path, folder: Path, goal: Sequence[str], *, proof: str) -> Path:
    """Fetch what a pom names with Maven, once for each state of the pom; give the folder.

    Args:
        what: Name for messages.
        goal: Goal of the dependency plugin with its options; the folder is added.
        proof: Pattern of a file that is there when all went well.

    Raises:
        UnavailableError: if Maven is missing or cannot resolve it.
    """
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()
    stamp = folder / ".pom.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return folder
    if shutil.which("mvn") is None:
        raise UnavailableError(f"Maven is not installed (no `mvn` on PATH); it fetches {what}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"fetching {what} with Maven (once)", file=sys.stderr, flush=True)
    # Fetched beside and renamed, so that an interrupted fetch never looks complete.
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    done = subprocess.run(
        ["mvn", "--batch-mode", "--quiet", "--file", str(pom), *goal, f"-DoutputDirectory={fresh}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not list(fresh.glob(proof)):
        shutil.rmtree(fresh)
        raise UnavailableError(f"Maven could not fetch {what}:\n{(done.stdout + done.stderr)[-2000:]}")
    (fresh / stamp.name).write_text(digest)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    return folder


def boot(command: Sequence[str], home: Path, address: str, answers: Callable[[], bool], *, limit_s: float) -> Server:
    """Start a server whose files are under `home`, log into it and wait until it answers.

    Args:
        command: Names a file under `home`: by that its process is known again.

    Raises:
        UnavailableError: if it ends, or does not answer within `limit_s`.
    """
    log = log_of(home)
    with log.open("ab") as out:
        # Its own session: a Ctrl-C in the terminal must reach the command under test first.
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    server = Server(address, process.pid, home)
    try:
        deadline = time.monotonic() + limit_s
        while not answers():
            if process.poll() is not None:
                raise UnavailableError(f"the server ended with {process.returncode}; {log}:\n{tail(log)}")
            if time.monotonic() > deadline:
                raise UnavailableError(f"no answer within {limit_s:.0f} s; {log}:\n{tail(log)}")
            time.sleep(0.1)
    except BaseException:
        end(server)
        raise
    (home / _RECORD).write_text(f"{server.pid} {server.address}\n")
    return server


def log_of(home: Path) -> Path:
    """The server's log."""
    return home / "server.log"


def tail(path: Path, lines: int = 30) -> str:
    """The last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"


def running(home: Path) -> Server | None:
    """The server that was started in `home` and still runs, if any."""
    record = home / _RECORD
    if not record.exists():
        return None
    pid, address = record.read_text().split()
    server = Server(address, int(pid), home)
    return server if _process_of(server) else None


def _process_of(server: Server) -> psutil.Process | None:
    """The server's process. Ids are reused: only one that was started with files of its home is ours."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(server.pid)
        if any(f"{server.home}{os.sep}" in argument for argument in process.cmdline()):
            return process
    return None


def end(server: Server) -> None:
    """End this server and nothing else; killed when it does not stop within 20 s."""
    if process := _process_of(server):
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
    (server.home / _RECORD).unlink(missing_ok=True)


@dataclass(frozen=True)
class Kind:
    """One kind of server for tests.

    Attributes:
        name: For messages.
        product: The same in full.
        home: Folder of all its files; each run gets one below.
        launch: Starts a fresh one in a folder and waits until it answers.
        variables: What a command is told about it, as environment variables.
        data: Folder below a run's, which is deleted even when the command failed.
    """

    name: str
    product: str
    home: Path
    launch: Callable[[Path], Server]
    variables: Callable[[Server], dict[str, str]]
    data: str

    def run(self, command: Sequence[str]) -> int:
        """Run a command with a server of its own; give the command's exit code, or 1 if the server could not start."""

        def on_signal(number: int, _frame: FrameType | None) -> NoReturn:
            raise SystemExit(128 + number)

        signal.signal(signal.SIGTERM, on_signal)
        home = self.home / f"run-{os.getpid()}"  # of its own, so that several can run side by side
        try:
            server = self.launch(home)
        except UnavailableError as error:
            return self._without(error, command)
        try:
            status = self._command(server, command)
        except BaseException:
            end(server)
            shutil.rmtree(home / self.data, ignore_errors=True)  # the log stays, to be read
            raise
        end(server)
        shutil.rmtree(home)
        return status

    def _command(self, server: Server, command: Sequence[str]) -> int:
        told = self.variables(server)
        shown = " ".join(f"{name}={value}" for name, value in told.items())
        print(f"{self.name}: {shown}, log {log_of(server.home)}", file=sys.stderr, flush=True)
        process = subprocess.Popen(list(command), env={**os.environ, **told})
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise

    def _without(self, error: UnavailableError, command: Sequence[str]) -> int:
        is_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
        bar = "!" * 88
        verdict = (
            f"FAILED: {self.product} is required in CI" if is_ci else f"SKIPPED: nothing was tested on {self.product}"
        )
        print(f"{bar}\n!! {verdict}\n!! {error}\n!! not run: {' '.join(command)}\n{bar}", file=sys.stderr, flush=True)
        return 1 if is_ci else 0

    def start(self, *, is_foreground: bool) -> int:
        """Start the shared server, unless it runs already, and print how it is reached."""
        home = self.home / "shared"
        server = running(home)
        if server is None:
            try:
                server = self.launch(home)
            except UnavailableError as error:
                print(f"{self.name}: {error}", file=sys.stderr)
                return 1
        for name, value in self.variables(server).items():
            print(f"{name}={value}", flush=True)
        if not is_foreground:
            print(
                f"{self.name}: pid {server.pid}, log {log_of(home)}; `make {self.name}-stop` ends it", file=sys.stderr
            )
            return 0
        print(f"{self.name}: Ctrl-C ends it", file=sys.stderr)
        try:
            while running(home) is not None:
                time.sleep(1)
        except KeyboardInterrupt:
            end(server)
            return 0
        print(f"{self.name}: the server ended by itself:\n{tail(log_of(home))}", file=sys.stderr)
        return 1

    def tell(self, *, is_stop: bool) -> int:
        """Say whether the shared server runs, or end it."""
        server = running(self.home / "shared")
        if is_stop and server is not None:
            end(server)
        print(f"{self.name}: not running" if server is None else f"{self.name}: {server.address} (pid {server.pid})")
        return 0 if server is not None or is_stop else 1

    def main(self) -> int:
        """Run the command line."""
        parser = argparse.ArgumentParser(description=f"One {self.product} for tests")
        commands = parser.add_subparsers(dest="command", required=True)
        starting = commands.add_parser("start", help="start it and print how it is reached")
        starting.add_argument("--wait", action="store_true", help="stay in the foreground until Ctrl-C")
        commands.add_parser("status", help="say whether it runs")
        commands.add_parser("stop", help="end it")
        around = commands.add_parser("run", help="run a command with one of its own")
        around.add_argument("argv", nargs="+", metavar="-- CMD")
        options = parser.parse_args()
        if options.command == "run":
            return self.run(options.argv)
        if options.command == "start":
            return self.start(is_foreground=options.wait)
        return self.tell(is_stop=options.command == "stop")
