"""A Docker daemon: the one that runs here, or one of our own that leaves no trace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.compose.network import NetworkState
from scripts.compose.shell import CheckFailedError, run, step, succeeds
from scripts.manifests import COMPOSE

HOME = Path(tempfile.gettempdir()) / "compose-check"
"""Everything of the check that is not in the repository: removed at the end."""

_PACKAGES = {"dockerd": "docker.io", "mmdebstrap": "mmdebstrap", "ip": "iproute2"}
"""Debian's package of each command."""
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 60.0


@dataclass(frozen=True)
class Docker:
    """How to speak to the daemon.

    Attributes:
        program: The docker command.
        compose: The command of Docker Compose, without its arguments.
        environment: Variables for both.
        is_own: It was started for this check.
    """

    program: str
    compose: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    is_own: bool = False

    def run(self, *arguments: str | Path, stdin: str = "", timeout_s: float = 900.0) -> str:
        """Run a docker command; give its output.

        Raises:
            CheckFailedError: it failed.
        """
        return run([self.program, *arguments], environment=self.environment, stdin=stdin, timeout_s=timeout_s)

    def succeeds(self, *arguments: str | Path, timeout_s: float = 60.0) -> bool:
        """Tell whether a docker command ends well."""
        return succeeds([self.program, *arguments], environment=self.environment, timeout_s=timeout_s)


@contextmanager
def docker(*, keep: bool) -> Iterator[Docker]:
    """Give a working daemon; one that had to be started ends with the block, and the network is as before.

    Args:
        keep: Leave a daemon that had to be started running, and say how to reach it.

    Raises:
        CheckFailedError: none runs and none can be started here.
    """
    found = shutil.which("docker")
    if found and succeeds([found, "info"]):
        yield Docker(found, _compose_of(found, {}), {"DOCKER_BUILDKIT": "1"})
        return
    with step("no Docker daemon answers: install and start one"):
        _install()
        _end_leftover()
        state = NetworkState.now()
        process = _start()
    environment = {"DOCKER_HOST": f"unix://{HOME}/docker.sock", "DOCKER_BUILDKIT": "1"}
    try:
        _wait_until_it_answers(process, environment)
        # Debian's own client: another one that comes earlier on PATH may not know how to build.
        yield Docker("/usr/bin/docker", _compose_of("/usr/bin/docker", environment), environment, is_own=True)
    finally:
        if keep:
            print(f"compose-check: DOCKER_HOST={environment['DOCKER_HOST']} is left; `kill {process.pid}` ends it")
        else:
            with step("end the daemon, give the network back as it was"):
                _stop(process)
                state.restore()
    if not keep and (left := state.differences()):
        raise CheckFailedError("left behind: " + "; ".join(left))


def _compose_of(program: str, environment: dict[str, str]) -> tuple[str, ...]:
    if succeeds([program, "compose", "version"], environment=environment):
        return (program, "compose")
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    return (uv, "tool", "run", "--quiet", "--from", COMPOSE, "docker-compose")


def _install() -> None:
    missing = [package for command, package in _PACKAGES.items() if not _has(command)]
    if not missing:
        return
    if os.geteuid() != 0 or not _has("apt-get"):
        raise CheckFailedError("start Docker, or run this as root on Debian, where it can install docker.io itself")
    # RUNLEVEL: the package must not start its own daemon; ours has its own data root and socket.
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update", "-qq"], environment=quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], environment=quiet)


def _has(command: str) -> bool:
    return shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _start() -> subprocess.Popen[bytes]:
    place = HOME / "docker"
    place.mkdir(parents=True)
    with (HOME / "dockerd.log").open("wb") as log:
        return subprocess.Popen(
            [
                "dockerd",
                *("--data-root", place / "data", "--exec-root", place / "exec", "--pidfile", HOME / "docker.pid"),
                *("--host", f"unix://{HOME}/docker.sock"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for us: containers come down before their daemon
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        )


def _wait_until_it_answers(process: subprocess.Popen[bytes], environment: dict[str, str]) -> None:
    ends_at_s = time.monotonic() + _START_LIMIT_S
    while not succeeds(["/usr/bin/docker", "info"], environment=environment):
        if process.poll() is not None or time.monotonic() > ends_at_s:
            tail = (HOME / "dockerd.log").read_text(errors="replace").splitlines()[-20:]
            raise CheckFailedError("dockerd did not start\n" + "\n".join(tail))
        time.sleep(0.3)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_leftover() -> None:
    """End the daemon of a check that was killed, and remove what it left; only if it is ours."""
    record = HOME / "docker.pid"
    if record.exists():
        pid = int(record.read_text())
        command = Path(f"/proc/{pid}/cmdline")
        ends_at_s = time.monotonic() + _STOP_LIMIT_S
        while command.exists() and str(HOME).encode() in command.read_bytes():
            if time.monotonic() > ends_at_s:
                raise CheckFailedError(f"an earlier check's dockerd (process {pid}) does not end")
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.5)
        record.unlink(missing_ok=True)
    shutil.rmtree(HOME / "docker", ignore_errors=True)
