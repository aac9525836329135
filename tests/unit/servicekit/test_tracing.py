"""Spans are told where somebody asked for them, and cost nothing elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from servicekit import tracing

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = CALLER[:-2] + "00"


@pytest.fixture
def told() -> Iterator[list[tracing.Span]]:
    """Spans that were exported during the test."""
    spans: list[tracing.Span] = []
    tracing.export_to(spans.append)
    yield spans
    tracing.export_to(None)


def test_a_span_continues_its_parent_and_is_current_while_it_runs(told: list[tracing.Span]) -> None:
    tracing.set_traceparent(None)
    with tracing.span("process x", kind="consumer", parent=CALLER, attributes={"n": 1}):
        inside = tracing.current_traceparent()
    assert tracing.current_traceparent() is None
    (span,) = told
    assert (span.traceparent, span.parent, span.error) == (inside, CALLER, "")
    assert span.traceparent[:36] == CALLER[:36]
    assert span.traceparent != CALLER
    assert span.started_ns <= span.ended_ns


def test_an_error_ends_the_span_with_its_kind_and_not_its_text(told: list[tracing.Span]) -> None:
    with pytest.raises(ValueError, match="someone"), tracing.span("x", kind="internal", parent=None, attributes={}):
        raise ValueError("someone's name")
    assert [span.error for span in told] == ["ValueError"]
    assert "someone" not in repr(told)


def test_what_a_caller_does_not_sample_is_not_told(told: list[tracing.Span]) -> None:
    with tracing.span("x", kind="internal", parent=UNSAMPLED, attributes={}):
        pass
    assert told == []


def test_a_malformed_parent_starts_a_trace_of_its_own(told: list[tracing.Span]) -> None:
    with tracing.span("x", kind="internal", parent="not-a-traceparent", links=["nor-this", CALLER], attributes={}):
        pass
    assert [(span.parent, span.links) for span in told] == [(None, [CALLER])]


@pytest.mark.parametrize(("endpoint", "is_imported"), [("", False), ("http://127.0.0.1:1", True)])
def test_opentelemetry_is_imported_only_with_an_endpoint(endpoint: str, is_imported: bool) -> None:
    code = (
        "import sys; from servicekit import entry, telemetry; telemetry.export_traces('registry', 'api');"
        "print(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    environment = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == str(is_imported)


def test_without_the_extra_a_process_says_so_and_goes_on() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None; from servicekit import telemetry;"
        "telemetry.export_traces('registry', 'api'); print('running')"
    )
    environment = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "servicekit[otel]" in done.stdout
    assert done.stdout.endswith("running\n")
