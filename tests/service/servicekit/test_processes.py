"""Real processes: start, drain on SIGTERM, refuse to start on bad settings, log without personal data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from servicekit.db import Database
from servicekit.embedded.ports import free_port
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id

SERVICE = """
import asyncio
from fastapi import APIRouter
from servicekit import entry
from servicekit.app import create_service_app
from servicekit.auth import public
from servicekit.db import Database
from servicekit.settings import ServiceSettings, service_config
from servicekit.worker import run_worker
import structlog

class Settings(ServiceSettings):
    model_config = service_config("KIT_")

router = APIRouter(dependencies=[public("a test")])

@router.get("/slow")
async def slow() -> dict[str, str]:
    structlog.get_logger().info("slow.called", note="of 99010119800101001X, 13912345678")
    await asyncio.sleep(1.5)
    return {"status": "finished"}

async def worker(settings: Settings) -> None:
    database = Database(settings.database_url.get_secret_value(), service="registry")
    await run_worker(settings, service="registry", database=database, tasks=lambda bus: [])

entry.main(
    "kit",
    settings=Settings,
    create_app=lambda settings: create_service_app(settings, service="kit", title="Kit", routers=[router]),
    worker=worker,
)
"""


@contextmanager
def process(role: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as sink:
        child = subprocess.Popen(
            [sys.executable, "-c", SERVICE, role], env=os.environ | environment, stdout=sink, stderr=sink
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()


def wait_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{url} did not get ready")


@pytest.fixture
def environment(database: Database, postgres: EmbeddedPostgres) -> dict[str, str]:
    bus = postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}")
    return {
        "KIT_MODE": "embedded",
        "KIT_DATABASE_URL": database.url,
        "KIT_BUS_URL": f"embedded:{bus}",
        "KIT_PORT": str(free_port()),
        "KIT_WORKER_PORT": str(free_port()),
    }


def test_a_request_in_flight_finishes_when_the_service_is_told_to_stop(
    environment: dict[str, str], tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{environment['KIT_PORT']}"
    log = tmp_path / "api.log"
    with process("api", environment, log) as child:
        wait_ready(f"{base}/readyz")
        code = "import httpx, sys; r = httpx.get(sys.argv[1], timeout=10); print(r.status_code, r.text)"
        client = subprocess.Popen([sys.executable, "-c", code, f"{base}/slow"], stdout=subprocess.PIPE)
        deadline = time.monotonic() + 10
        while "slow.called" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGTERM)
        answer = client.communicate(timeout=15)[0].decode()
        assert child.wait(15) in (0, -signal.SIGTERM)
    assert answer.startswith("200")
    assert "finished" in answer
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    served = next(line for line in lines if line["event"] == "request.served" and line["route"] == "/slow")
    assert served["status"] == 200
    assert served["duration_ms"] >= 1000
    assert "99010119800101001X" not in log.read_text()
    assert "13912345678" not in log.read_text()


def test_a_worker_is_ready_leads_the_relay_and_stops_within_its_time(
    environment: dict[str, str], tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{environment['KIT_WORKER_PORT']}"
    with process("worker", environment, tmp_path / "worker.log") as child:
        wait_ready(f"{base}/readyz")
        deadline = time.monotonic() + 10
        while 'relay_elected{service="registry"} 1.0' not in httpx.get(f"{base}/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child.send_signal(signal.SIGTERM)
        assert child.wait(15) == 0


def test_a_worker_without_its_broker_is_alive_and_says_that_it_is_not_ready(
    environment: dict[str, str], tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{environment['KIT_WORKER_PORT']}"
    closed = {"KIT_BUS_URL": f"kafka:127.0.0.1:{free_port()}"}
    with process("worker", environment | closed, tmp_path / "worker.log") as child:
        wait_ready(f"{base}/livez")
        answer = httpx.get(f"{base}/readyz")
        assert (answer.status_code, answer.json()["failing"]) == (503, {"bus": "ConnectionError"})
        child.send_signal(signal.SIGTERM)
        assert child.wait(15) == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"KIT_DATABASE_URL": ""}, "KIT_DATABASE_URL"),
        (
            {"KIT_MODE": "production", "KIT_DATABASE_URL": "postgresql://kit:changeme@db/kit?sslmode=verify-full"},
            "database_url",
        ),
        ({"KIT_MODE": "production", "KIT_CLOCK_FILE": "clock.json"}, "clock_file"),
    ],
)
def test_bad_settings_stop_the_start_with_their_names(
    environment: dict[str, str], tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    chosen = environment | change
    if chosen.get("KIT_DATABASE_URL") == "":
        del chosen["KIT_DATABASE_URL"]
    log = tmp_path / "api.log"
    with process("api", chosen, log) as child:
        assert child.wait(20) == 2
    assert named in log.read_text()
    assert "Traceback" not in log.read_text()
