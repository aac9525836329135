"""What events may carry: public ones ids, codes and links only; internal ones never a name or an ID number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from contracts import events
from contracts.envelope import EventData

PUBLIC = [event for event in events.ALL if event.topic.is_public]
INTERNAL = [event for event in events.ALL if not event.topic.is_public]

# Whole words of a field name, so that `id_no` is caught in `head_id_no` and `rule_ids` is not.
PERSONAL = re.compile(r"(^|_)(id_no|id_number|name|phone|address|bank|card|cert_no)(_|$)")
TELLING = re.compile(r"(^|_)(amount|income|net|paid|cost|balance|health|disease|birth|sex|relief|token)(_|$)")


def fields_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of the schema and of what it refers to, with its definition."""
    for part in [schema, *schema.get("$defs", {}).values()]:
        yield from part.get("properties", {}).items()


@pytest.mark.parametrize("event", PUBLIC, ids=lambda event: event.event_type)
def test_public_event_has_no_field_that_says_who_the_person_is_or_what_it_has(
    event: type[EventData], schemas: ModuleType
) -> None:
    names = [name for name, _ in fields_of(schemas.schema_of(event))]
    assert [name for name in names if PERSONAL.search(name) or TELLING.search(name)] == []


@pytest.mark.parametrize("event", PUBLIC, ids=lambda event: event.event_type)
def test_public_event_has_no_open_object_that_could_smuggle_one(event: type[EventData], schemas: ModuleType) -> None:
    open_objects = [name for name, field in fields_of(schemas.schema_of(event)) if "additionalProperties" in field]
    assert open_objects == []


@pytest.mark.parametrize("event", INTERNAL, ids=lambda event: event.event_type)
def test_internal_event_has_no_name_no_id_number_and_no_way_to_reach_the_person(
    event: type[EventData], schemas: ModuleType
) -> None:
    names = [name for name, _ in fields_of(schemas.schema_of(event))]
    found = [name for name in names if PERSONAL.search(name)]
    # The one name that travels is a village's or a town's.
    assert found == (["name"] if event.event_type == "bangfu.registry.area.changed.v1" else [])


def test_a_planted_id_number_is_caught() -> None:
    assert PERSONAL.search("head_id_no")
    assert PERSONAL.search("name")
    assert TELLING.search("self_paid_ytd")
    assert not PERSONAL.search("rule_ids")
