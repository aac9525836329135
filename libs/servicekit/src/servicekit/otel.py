"""Finished spans to an OpenTelemetry collector, over OTLP and HTTP.

Part of the extra `servicekit[otel]`, imported by `telemetry.export_traces` only where an endpoint is configured. The
SDK batches, retries and drops what a dead collector does not take; which context a request or an event has,
`servicekit.tracing` alone decides.

Source: OpenTelemetry specification, OTLP exporter and environment variables.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from servicekit import tracing

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_SCOPE = InstrumentationScope("servicekit")


def start(service: str, process: str) -> Callable[[], None]:
    """Export this process's spans from now on; give what sends the rest and ends it, done at exit in any case."""
    resource = Resource.create({"service.namespace": "bangfu", "service.name": f"bangfu-{service}-{process}"})
    processor = BatchSpanProcessor(OTLPSpanExporter())

    def send(span: tracing.Span) -> None:
        processor.on_end(_readable(span, resource))

    def stop() -> None:
        tracing.export_to(None)
        processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    tracing.export_to(send)
    atexit.register(stop)
    return stop


def _readable(span: tracing.Span, resource: Resource) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=_context(span.traceparent, is_remote=False),
        parent=_context(span.parent, is_remote=True) if span.parent else None,
        resource=resource,
        attributes=dict(span.attributes),
        links=[Link(_context(link, is_remote=True)) for link in span.links],
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
        start_time=span.started_ns,
        end_time=span.ended_ns,
        instrumentation_scope=_SCOPE,
    )


def _context(traceparent: str, *, is_remote: bool) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote, TraceFlags(int(flags, 16)))
