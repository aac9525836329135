"""A port that is taken is said at once, and what listens there is never told a secret."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bangfu_local.embedded import EmbeddedSystem, Ports, PortTakenError


class Stranger(BaseHTTPRequestHandler):
    """Answers as the gateway of another Bangfu would."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ready"}')

    do_POST = do_GET  # noqa: N815  http.server asks for the name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[ThreadingHTTPServer]:
    handler = type("Asked", (Stranger,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_a_taken_port_is_said_within_a_second_and_nothing_is_touched(
    stranger: ThreadingHTTPServer, tmp_path: Path
) -> None:
    kept = tmp_path / "data" / "bangfu-data"
    kept.parent.mkdir()
    kept.touch()
    system = EmbeddedSystem(tmp_path / "data", ports=Ports(gateway=stranger.server_port), is_fresh=True)
    took: list[float] = []
    for _ in range(3):  # the machine may be busy with something else at one of them
        began = time.monotonic()
        with pytest.raises(PortTakenError) as refused:
            asyncio.run(system.start())
        took.append(time.monotonic() - began)
        assert "--port" in refused.value.advice
    assert min(took) < 1.0
    assert kept.exists(), "--fresh deletes nothing for a system that cannot listen"
    assert stranger.RequestHandlerClass.asked == []  # type: ignore[attr-defined]  # of the class made above


def test_the_command_names_the_port_and_the_option_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "bangfu", "up", "--port", str(port), "--data-dir", str(tmp_path / "data")],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env=os.environ | {"COLUMNS": "200"},
        )
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert f"--port {port + 10}" in done.stderr
    assert "Traceback" not in done.stderr
