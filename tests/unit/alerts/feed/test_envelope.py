"""The envelope of an alert, and the filter."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from alerts.feed.rules import AlertFilter, FeedItem
from contracts.alerts import AlertPublished
from contracts.envelope import CloudEvent

VILLAGE = "990101101201"


def test_envelope_is_a_cloud_event_with_the_stored_data_untouched() -> None:
    data = AlertPublished.model_validate(
        {
            "alert_id": "a",
            "position": 7,
            "kind": "raised",
            "clue_id": "c",
            "household_id": "h",
            "area_code": VILLAGE,
            "risk_type": "01",
            "severity": "RED",
            "state": "dispatched",
            "rule_ids": ["R-MED-01"],
            "raised_at": "2026-11-10T01:00:00Z",
            "link": "/v1/clues/c",
        }
    )
    at = datetime(2026, 11, 10, 1, tzinfo=UTC)
    for traceparent in (None, "00-" + "1" * 32 + "-" + "2" * 16 + "-01"):
        item = FeedItem(7, "a", "raised", "h", at, traceparent, data.model_dump_json().encode())
        event = CloudEvent[AlertPublished].model_validate_json(item.envelope())
        assert event.data == data
        assert (event.id, event.subject, event.partitionkey, event.time) == ("a", "h", "h", at)
        assert ("traceparent" in orjson.loads(item.envelope())) == (traceparent is not None)
        assert b"\n" not in item.envelope()


def test_filter_without_areas_wants_nothing() -> None:
    assert AlertFilter(areas=[]).clause() == ("false", {})
