"""The compose project of the check: brought up, looked into, hurt, taken down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bangfu.sdk import Bangfu
from bangfu_local.embedded.clients import BUREAU, standard_clients
from contracts.topics import GROUPS, groups_of
from scripts.compose.daemon import HOME, Docker
from scripts.compose.shell import ROOT, CheckFailedError, run
from servicekit.embedded.ports import free_port

_UP_LIMIT_S = 420
_PROJECT = "bangfu-check"
_LOG_LINES = 60


class Stack:
    """One project with secrets, volumes and a port of its own."""

    def __init__(self, docker: Docker) -> None:
        self._docker = docker
        self._port = free_port()
        self._secrets: dict[str, str] = {}
        self.url = f"http://127.0.0.1:{self._port}"
        self._place = HOME / "project"
        index = next((value for name in _INDEXES if (value := os.environ.get(name))), None)
        self._environment = {
            **docker.environment,
            "BANGFU_SECRETS": str(self._place / "secrets"),
            "BANGFU_VERSION": "check",
            "BANGFU_MACHINES_STAND_IN": "true",  # the journey has no issuer of people
            "COMPOSE_PROJECT_NAME": _PROJECT,
            **({"BANGFU_PYTHON_INDEX": index} if index else {}),
        }

    def make_secrets(self) -> None:
        """Run the operator's own command for keys, passwords and the .env file; what an earlier check left goes."""
        shutil.rmtree(self._place, ignore_errors=True)
        run(
            ["sh", ROOT / "deploy/compose/init-secrets.sh", self.url],
            environment={**self._environment, "BANGFU_ENV_FILE": str(self._place / "env")},
        )
        self.down()

    def compose(self, *arguments: str | Path, stdin: str = "", timeout_s: float = 600.0) -> str:
        """Run a command of Docker Compose; give its output.

        Raises:
            CheckFailedError: it failed.
        """
        files = ("--file", ROOT / "docker-compose.yml", "--env-file", self._place / "env")
        return run(
            [*self._docker.compose, *files, *arguments],
            environment=self._environment,
            stdin=stdin,
            timeout_s=timeout_s,
        )

    def configuration(self) -> dict[str, Any]:
        """Give the compose file as Compose understands it."""
        found: dict[str, Any] = json.loads(self.compose("config", "--format", "json"))
        return found

    def up(self) -> None:
        """Start everything and wait until every process is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(_UP_LIMIT_S))

    def down(self) -> None:
        """Remove containers, networks and volumes."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "30")

    def show_failures(self) -> None:
        """Print the state of all containers and what they logged last: most of those that are not well."""
        print(self.compose("ps", "--all"))
        for line in self.compose("ps", "--all", "--format", "json").splitlines():
            container = json.loads(line)
            if container["State"] == "exited" and container["ExitCode"] == 0:
                continue
            is_well = container["State"] == "running" and container["Health"] in ("", "healthy")
            print(f"--- {container['Service']}: {container['Status']}")
            lines = _LOG_LINES // 5 if is_well else _LOG_LINES
            print(self.compose("logs", "--no-color", "--no-log-prefix", "--tail", str(lines), container["Service"]))

    def bootstrap(self) -> None:
        """Create the county's clients with the gateway's own command, and keep their secrets."""
        wanted = [asdict(spec) for spec in standard_clients()]
        command = ("python", "-m", "gateway", "bootstrap-client", "--from-file", "/dev/stdin")
        said = self.compose("exec", "--no-TTY", "gateway-api", *command, stdin=json.dumps(wanted))
        for line in said.splitlines():
            made = json.loads(line)
            self._secrets[made["client_id"]] = made["client_secret"]

    def client(self, client_id: str = BUREAU) -> Bangfu:
        """An SDK client of the gateway's published port; the caller closes it."""
        return Bangfu(self.url, client_id, self._secrets[client_id])

    def back_up(self) -> None:
        """Back the stack up from the machine as the operator's page says, and read the backup again."""
        tell = 'eval "$(sh deploy/compose/host-env.sh)" && bangfu backup "$0" && bangfu restore "$0" --check'
        commands = (Path(self._docker.program).parent, Path(sys.executable).parent)
        path = os.pathsep.join([*map(str, commands), os.environ.get("PATH", "")])
        run(["sh", "-c", tell, HOME / "backup"], environment={**self._environment, "PATH": path})

    def sql(self, database: str, query: str) -> list[list[str]]:
        """Ask a database; rows of text."""
        psql = ("psql", "--username=postgres", "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator=\t")
        said = self.compose("exec", "--no-TTY", "postgres", *psql, "--dbname", database, "--command", query)
        return [line.split("\t") for line in said.splitlines() if line]

    def under_way(self) -> int:
        """Count events that are not published, or published and not handled by a service that consumes them."""
        sent: dict[str, int] = {}
        handled: dict[str, int] = {}
        unpublished = 0
        for service in ("registry", "sharing", "alerts", "gateway"):
            for topic, total, waiting in self.sql(
                service, "SELECT topic, count(*), count(*) FILTER (WHERE published_at IS NULL) FROM outbox GROUP BY 1"
            ):
                sent[topic] = int(total)
                unpublished += int(waiting)
            handled[service] = int(self.sql(service, "SELECT count(*) FROM inbox")[0][0])
        expected = {
            service: sum(sent.get(topic.name, 0) for group in groups_of(service) for topic in GROUPS[group])
            for service in handled
        }
        return unpublished + sum(max(expected[service] - handled[service], 0) for service in handled)

    def settle(self, *, timeout_s: float = 240.0) -> None:
        """Wait until nothing is under way at two looks in a row.

        Raises:
            CheckFailedError: no progress for `timeout_s`.
        """
        ends_at_s, last, quiet = time.monotonic() + timeout_s, -1, 0
        while quiet < 2:
            left = self.under_way()
            quiet = quiet + 1 if left == 0 else 0
            if left != last:
                ends_at_s = time.monotonic() + timeout_s
            elif left and time.monotonic() > ends_at_s:
                raise CheckFailedError(f"{left} events are stuck")
            last = left
            time.sleep(0.5)

    def topic_ids(self, topic: str) -> list[str]:
        """Read the ids of all events of a topic from the broker, in order of arrival, repeats included."""
        script = (Path(__file__).parent / "inside.py").read_text(encoding="utf-8")
        return self.compose("exec", "--no-TTY", "alerts-worker", "python", "-", topic, stdin=script).split()

    def crash(self, service: str) -> None:
        """End a container's process as a crash would (SIGKILL from outside); Docker's restart policy brings it back."""
        os.kill(int(self._inspect(service, "{{.State.Pid}}")), signal.SIGKILL)

    def restarts(self, service: str) -> int:
        """How often Docker has brought a container back."""
        return int(self._inspect(service, "{{.RestartCount}}"))

    def kill(self, service: str) -> None:
        """`docker kill`: it stays away until `start`."""
        self._docker.run("kill", self._container(service))

    def start(self, service: str) -> None:
        """Start a container that was killed."""
        self._docker.run("start", self._container(service))

    def wait_healthy(self, services: Sequence[str], *, timeout_s: float = 120.0) -> None:
        """Wait until Docker calls all of them healthy.

        Raises:
            CheckFailedError: one is not after `timeout_s`.
        """
        ends_at_s = time.monotonic() + timeout_s
        states: Mapping[str, str] = {}
        while time.monotonic() < ends_at_s:
            states = {service: self._inspect(service, "{{.State.Health.Status}}") for service in services}
            if set(states.values()) == {"healthy"}:
                return
            time.sleep(1)
        raise CheckFailedError(f"not healthy after {timeout_s:.0f} s: {states}")

    def _inspect(self, service: str, template: str) -> str:
        return self._docker.run("inspect", "--format", template, self._container(service)).strip()

    @staticmethod
    def _container(service: str) -> str:
        return f"{_PROJECT}-{service}-1"


_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
