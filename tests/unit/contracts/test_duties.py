"""The kinds of duties are whole: who opens them, by when, what the clock does."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts import events
from contracts.duties import KINDS, LEVELS, Closed, Kind, Opened
from contracts.parameters import PARAMETERS

_ABOVE = {"village": ("township", "county", "leadership"), "township": ("county", "leadership"),
          "county": ("leadership",), "department": ("county", "leadership")}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_a_late_duty_climbs_level_by_level_to_the_leadership_group(kind: Kind) -> None:
    levels = [step.to for step in kind.ladder if step.to is not None]
    assert set(levels) <= set(LEVELS)
    ladder = _ABOVE[kind.assignee]
    assert levels == list(ladder[len(ladder) - len(levels) :])
    assert all(step.day > 0 for step in kind.ladder if step.to is not None), "nothing is late on its day"
    assert any(step.to is None and step.day < 0 for step in kind.ladder), "somebody is reminded while there is time"
    assert set(kind.within) <= PARAMETERS.keys()


def test_a_kind_that_climbs_to_nobody_is_refused() -> None:
    known = KINDS["D06"].model_dump()
    with pytest.raises(ValidationError):
        Kind.model_validate(known | {"ladder": [{"day": 1, "to": "province"}]})


def test_each_service_that_opens_duties_announces_both_ends() -> None:
    """alerts keeps its own in the same transaction."""
    for service in {kind.opened_by for kind in KINDS.values()} - {"alerts"}:
        own = [event for event in events.ALL if event.topic.owner == service]
        assert len([event for event in own if issubclass(event, Opened)]) == 1
        assert len([event for event in own if issubclass(event, Closed)]) == 1
