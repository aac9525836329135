"""The AsyncAPI page tells every topic and event, and its references lead somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts import events, topics

EVENTS = Path(__file__).resolve().parents[2] / "docs" / "events"
PAGE: dict[str, Any] = json.loads((EVENTS / "asyncapi.json").read_text(encoding="utf-8"))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        for value in node.values():
            yield from references(value)


def test_every_topic_is_a_channel_with_its_owner_as_the_only_sender() -> None:
    assert {channel["address"] for channel in PAGE["channels"].values()} == {topic.name for topic in topics.ALL}
    senders = {f"{topic.owner}.send.{topic.name}" for topic in topics.ALL}
    assert set(PAGE["operations"]) == senders


def test_every_event_is_a_message_of_its_topic() -> None:
    for event in events.ALL:
        assert (event.__name__ in PAGE["channels"][event.topic.name]["messages"]) is not event.is_direct
        if event.is_direct:  # to one webhook, never on a topic
            continue
        assert PAGE["components"]["messages"][event.__name__]["name"] == event.event_type


def test_every_reference_leads_somewhere() -> None:
    found = list(references(PAGE))
    assert found
    for reference in found:
        if reference.startswith("#/"):
            node: Any = PAGE
            for key in reference[2:].split("/"):
                node = node[key]
        else:
            assert (EVENTS / reference).is_file(), reference


def test_every_message_points_to_its_example() -> None:
    for message in PAGE["components"]["messages"].values():
        assert (EVENTS / message["x-bangfu-example"]).is_file()
