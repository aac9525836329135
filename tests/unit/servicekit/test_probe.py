"""The health check of containers: its exit status is all that Docker sees."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()
        self.wfile.write(b'{"status": "told"}')

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Answers) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def _probe(url: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "servicekit.probe", url], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_probe_succeeds_on_200_only_and_prints_the_answer(server: str) -> None:
    assert _probe(f"{server}/readyz") == (0, '{"status": "told"}')
    assert _probe(f"{server}/livez") == (1, '{"status": "told"}')


def test_probe_fails_when_nobody_answers() -> None:
    status, said = _probe("http://127.0.0.1:1/readyz")
    assert status == 1
    assert said.startswith("no answer")
