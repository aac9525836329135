"""Each event has one golden example that its producer could send and any consumer can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts import events, topics
from contracts.envelope import CloudEvent, EventData

EVENTS = Path(__file__).resolve().parents[2] / "docs" / "events"
by_event = pytest.mark.parametrize("event", events.ALL, ids=lambda event: event.event_type)


def example_of(event: type[EventData]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / "examples" / f"{event.event_type}.json").read_text(encoding="utf-8"))
    return loaded


@by_event
def test_golden_example_reads_and_writes_back_unchanged(event: type[EventData]) -> None:
    example = example_of(event)
    read = CloudEvent[event].model_validate(example)  # type: ignore[valid-type]  # the type is a value here
    assert read.model_dump(mode="json") == example


@by_event
def test_golden_example_names_its_type_topic_key_and_owner(event: type[EventData]) -> None:
    example = example_of(event)
    fact = event.model_validate(example["data"])
    assert example["type"] == event.event_type
    assert example["subject"] == example["partitionkey"] == fact.key
    assert example["source"] == f"/bangfu/{event.topic.owner}"


@by_event
def test_golden_example_fits_the_published_schemas(event: type[EventData]) -> None:
    example = example_of(event)
    for name, document in (("cloudevent", example), (event.event_type, example["data"])):
        schema = json.loads((EVENTS / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)


@by_event
def test_readers_ignore_a_field_that_a_newer_producer_adds(event: type[EventData]) -> None:
    example = example_of(event)
    newer = {**example["data"], "added_by_a_newer_producer": 1}
    assert event.model_validate(newer) == event.model_validate(example["data"])


@by_event
def test_readers_accept_an_older_event_without_the_fields_that_have_defaults(event: type[EventData]) -> None:
    required = json.loads((EVENTS / f"{event.event_type}.schema.json").read_text(encoding="utf-8"))["required"]
    oldest = {name: value for name, value in example_of(event)["data"].items() if name in required}
    event.model_validate(oldest)


def test_every_example_belongs_to_an_event() -> None:
    assert {path.stem for path in (EVENTS / "examples").iterdir()} == set(events.BY_TYPE)


@by_event
def test_type_begins_with_the_owner_and_ends_with_the_topics_major_version(event: type[EventData]) -> None:
    assert event.event_type.startswith(f"bangfu.{event.topic.owner}.")
    assert event.event_type.rsplit(".", 1)[1] == event.topic.name.rsplit(".", 1)[1]
    assert event.is_direct or event.topic.key in event.model_fields
    assert event.topic in topics.ALL


@by_event
def test_type_says_a_past_tense_fact(event: type[EventData]) -> None:
    verb = event.event_type.split(".")[-2]
    assert verb.endswith(("ed", "_taken", "withdrawn")), f"{event.event_type} is no past-tense fact"
