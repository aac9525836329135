"""How an event looks on every channel: structured CloudEvents 1.0 in JSON. Pure."""

from __future__ import annotations

from datetime import datetime

import orjson

MEDIA_TYPE = "application/cloudevents+json"

# What tells a reader of Kafka that the value is the whole event.
# Source: CloudEvents Kafka protocol binding 1.0.2, 3.3.
_STRUCTURED = ("content-type", f"{MEDIA_TYPE}; charset=utf-8")


def headers(event_id: str) -> tuple[tuple[str, str], ...]:
    """Give a message's headers: that the value is the whole event, and its id for those who do not parse it.

    None begins with `ce_`: readers take such a message for one in binary mode, whose value is the data alone.
    """
    return (_STRUCTURED, ("event_id", event_id))


def render(
    data: bytes, *, event_id: str, source: str, event_type: str, key: str, at: datetime, traceparent: str | None
) -> bytes:
    """Give the event as JSON; `data` is embedded as it was stored, without parsing it again."""
    head: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": event_type,
        "subject": key,
        "time": at,
        "datacontenttype": "application/json",
        "partitionkey": key,
    }
    if traceparent:
        head["traceparent"] = traceparent
    return orjson.dumps(head)[:-1] + b',"data":' + data + b"}"
