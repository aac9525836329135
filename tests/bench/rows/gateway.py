"""The gateway, which checks tokens, limits and records, against nginx in front of the same service."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bangfu.sdk.files import NDJSON
from bangfu_local.embedded.clients import BUREAU, department_client
from bench.data import PERIOD
from bench.debian import need
from bench.harness import Bench, until
from bench.load import Load, wrk
from bench.processes import Usage
from bench.results import Budget, Result, Series, busy, must_be
from servicekit.embedded.ports import free_port

_PATH = "/v1/datasets/DS-CIV-TEMP"
_CONNECTIONS = 32
_UPLOAD_BYTES = 100 << 20
_ROW_BYTES = 169  # of an NDJSON row of DS-MED-ENROL
_CHUNK = 256 << 10
_CONFIG = """\
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    upstream service {{ server {service}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            # As the gateway does: a body goes on while it arrives, instead of to a file first.
            proxy_request_buffering off;
        }}
    }}
}}
"""


async def measure(bench: Bench) -> list[Result]:
    """Small answers, then an upload."""
    async with _nginx(bench) as nginx:
        return [*await _small(bench, nginx), await _upload(bench, nginx)]


@asynccontextmanager
async def _nginx(bench: Bench) -> AsyncIterator[str]:
    """An nginx of our own in front of sharing-api; gives its address."""
    program, port = need("nginx", "nginx-light"), free_port()
    folder = bench.folder / "nginx"
    folder.mkdir()
    folder.chmod(0o755)
    config = folder / "nginx.conf"
    service = bench.service_url("sharing").removeprefix("http://")
    config.write_text(_CONFIG.format(folder=folder, service=service, port=port))
    process = await asyncio.create_subprocess_exec(program, "-c", str(config), stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            with contextlib.suppress(httpx.TransportError):
                return (await http.get(url + "/livez")).status_code == 200
        return False

    try:
        await until("nginx", answers, 10)
        bench.extra_pids["nginx"] = process.pid
        yield url
    finally:
        bench.extra_pids.pop("nginx", None)
        process.terminate()
        await process.wait()


async def _small(bench: Bench, nginx: str) -> list[Result]:
    token = await bench.token(BUREAU)
    bases = {"system": bench.system.gateway_url, "bare": nginx, "direct": bench.service_url("sharing")}
    await _same_answer(bases, token)
    sides = {
        "system": Series(f"wrk, {_CONNECTIONS} connections: GET {_PATH} through the gateway: token, limit, audit, log"),
        "bare": Series("the same through nginx: proxy_pass, keep-alive to the service, no log"),
        "direct": Series("the same straight to sharing-api, for orientation"),
    }
    loads: dict[str, list[Load]] = {name: [] for name in sides}
    seconds = 1 if bench.options.is_small else 4
    for base in bases.values():
        await wrk(bench, base + _PATH, connections=_CONNECTIONS, seconds=1, token=token)
    for _ in range(bench.options.repetitions):
        for name, base in bases.items():
            async with bench.sampled() if name == "system" else contextlib.nullcontext():
                load, usage = await wrk(bench, base + _PATH, connections=_CONNECTIONS, seconds=seconds, token=token)
            loads[name].append(load)
            sides[name].runs.append(usage)
            print(f"    {name:8} {load.requests_per_s:8,.0f}/s   p99 {load.p99_ms:.1f} ms   {busy(usage)}", flush=True)
    rate = {name: statistics.median(load.requests_per_s for load in found) for name, found in loads.items()}
    p99 = {name: statistics.median(load.p99_ms for load in found) for name, found in loads.items()}
    return [
        Result(
            "gateway.requests",
            "Gateway with token check, small JSON, 32 connections, requests a second",
            "nginx proxy_pass to the same FastAPI service",
            rate["system"] / rate["bare"],
            Budget(">=", 0.7),
            series=sides,
            notes=["requests/s: " + ", ".join(f"{name} {value:,.0f}" for name, value in rate.items())],
        ),
        Result(
            "gateway.p99",
            "The same, p99",
            "the same, p99",
            p99["system"] / p99["bare"],
            Budget("<=", 2),
            notes=["p99, ms: " + ", ".join(f"{name} {value:.1f}" for name, value in p99.items())],
        ),
    ]


async def _same_answer(bases: dict[str, str], token: str) -> None:
    """All three give the same body, and without a token the gateway gives none."""
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": f"Bearer {token}"}
        answers = {name: await http.get(base + _PATH, headers=headers) for name, base in bases.items()}
        must_be("status without a token", (await http.get(bases["system"] + _PATH)).status_code, 401)
    must_be("bodies", len({answer.content for answer in answers.values()}), 1)
    must_be("status", {answer.status_code for answer in answers.values()}, {200})


async def _upload(bench: Bench, nginx: str) -> Result:
    size = bench.options.size(_UPLOAD_BYTES, least=1 << 20)
    rows = size // _ROW_BYTES
    path = bench.data.enrolment(rows, "ndjson")
    size = path.stat().st_size

    async def put(base: str) -> Usage:
        """Open a delivery and send the file as one part."""
        async with bench.system.client(department_client("MED")) as department:
            delivery = await department.deliveries.open("DS-MED-ENROL", PERIOD)
        headers = {"Authorization": f"Bearer {await bench.token(department_client('MED'))}", "Content-Type": NDJSON}
        headers["Content-Length"] = str(size)
        async with httpx.AsyncClient(base_url=base, timeout=300, trust_env=False) as http:
            with bench.meter.timing() as usage:
                response = await http.put(
                    f"/v1/deliveries/{delivery.id}/parts/1", content=_chunks(path), headers=headers
                )
        must_be("status of the upload", response.status_code, 200)
        must_be("rows of the part", response.json()["accepted"], rows)
        await bench.empty("sharing", "delivery")
        return usage

    ours = Series(f"PUT of a part of {size / 2**20:.0f} MiB through the gateway, validated and stored by sharing-api")
    theirs = Series("the same through nginx to the same sharing-api, body not buffered")
    await bench.interleave([(ours, lambda: put(bench.system.gateway_url)), (theirs, lambda: put(nginx))])
    return Result(
        "gateway.upload",
        "100 MB upload through the gateway",
        "the same through nginx to the same service",
        theirs.seconds / ours.seconds,
        Budget(">=", 0.8),
        series={"system": ours, "bare": theirs},
        notes=[f"{size / 2**20 / ours.seconds:.0f} MiB/s against {size / 2**20 / theirs.seconds:.0f} MiB/s"],
    )


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
