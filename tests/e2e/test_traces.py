"""One trace from the bureau's request through sharing and the bus to alerts, as an OpenTelemetry collector sees it."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bangfu_county import generate
from bangfu_local.demo import month
from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.clients import SECOND
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import settle

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PERIOD = "2026-10"
COUNTY = "990100000000"


@dataclass
class Collector:
    """What an OTLP receiver on loopback was sent, by process."""

    address: str = ""
    spans: list[tuple[str, Span]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> list[tuple[str, Span]]:
        return [(process, span) for process, span in self.spans if span.trace_id.hex() == trace_id]

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = {item.key: item.value.string_value for item in group.resource.attributes}
            for scope in group.scope_spans:
                self.spans += [(resource["service.name"], span) for span in scope.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.take(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as opened:
        yield opened


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> AsyncIterator[EmbeddedSystem]:
    async with EmbeddedSystem(
        tmp_path_factory.mktemp("traces") / "data",
        clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC),
        durable=False,
        extra_environment={
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "SHARING_COMPARISON_SETTLE_S": "3600",  # nothing is compared before somebody asks
        },
    ) as started:
        await started.ensure_clients(standard_clients())
        yield started


async def test_a_comparison_is_one_trace_from_the_gateway_to_the_clues(
    system: EmbeddedSystem, collector: Collector, tmp_path: Path
) -> None:
    manifest = generate(tmp_path, households=400, seed=7, period=PERIOD)
    async with system.client("bureau") as bureau:
        await bureau.areas.import_file(tmp_path / "registry" / "areas.csv")
        async with system.client(SECOND) as second:
            await set_policy(bureau, second, COUNTY, date(2026, 1, 1))
        await bureau.households.import_file(tmp_path / "registry" / "households.ndjson")
        await settle(system)
        for client, dataset in (("civ", "DS-CIV-LOW"), ("med", "DS-MED-COST")):
            files = [tmp_path / entry.path for entry in manifest.files if entry.dataset == dataset]
            async with system.client(client) as department:
                pushed = await department.deliveries.push(dataset, files, period=PERIOD)
            await month.believe(system, pushed.receipt)
        trace_id, caller = os.urandom(16).hex(), os.urandom(8).hex()
        bureau.connection.http.headers["traceparent"] = f"00-{trace_id}-{caller}-01"
        run = await bureau.comparison.start(PERIOD)
        del bureau.connection.http.headers["traceparent"]
        done = await bureau.comparison.wait(run.id, timeout_s=60)
        assert done.state == "done", done
        assert sum(rule.new for rule in done.rules) > 0, done.rules
        await settle(system)
    expected = {
        ("bangfu-gateway-api", "POST /v1/comparison-runs"),
        ("bangfu-sharing-api", "POST /v1/comparison-runs"),
        ("bangfu-sharing-worker", "compare"),
        ("bangfu-alerts-worker", "process sharing.finding.v1"),
    }
    deadline = time.monotonic() + 30
    while not expected <= {(process, span.name) for process, span in collector.of_trace(trace_id)}:
        assert time.monotonic() < deadline, [(process, span.name) for process, span in collector.of_trace(trace_id)]
        await asyncio.sleep(0.2)

    spans = {
        process: span for process, span in reversed(collector.of_trace(trace_id)) if (process, span.name) in expected
    }
    chain = [spans[name] for name in ("bangfu-gateway-api", "bangfu-sharing-api", "bangfu-sharing-worker")]
    assert [span.parent_span_id.hex() for span in chain] == [caller, chain[0].span_id.hex(), chain[1].span_id.hex()]
    assert spans["bangfu-alerts-worker"].parent_span_id == chain[2].span_id
    assert all(span.start_time_unix_nano < span.end_time_unix_nano for span in spans.values())


def test_spans_carry_templates_and_codes_and_nothing_of_a_person(collector: Collector) -> None:
    """P7."""
    assert len(collector.spans) > 20
    keys = {item.key for _, span in collector.spans for item in span.attributes}
    assert keys <= {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "messaging.system",
        "messaging.destination.name",
        "messaging.consumer.group.name",
        "messaging.batch.message_count",
        "bangfu.comparison.kind",
        "bangfu.comparison.state",
    }
    names = {span.name for _, span in collector.spans}
    assert not [name for name in names if re.search(r"\d{6}", name)], "a path instead of its template"
    assert not [body for body in collector.bodies if b"9901" in body], "an area, an ID number or a path with one"
