"""Every indicator of sharing can be computed, with nothing there as well: zero is published, and not silence."""

from __future__ import annotations

from contracts.indicators import of_service
from indicator_case import Month


async def test_every_indicator_is_computed_of_nothing(month: Month) -> None:
    """RP-01: a service that has nothing to tell says so: one part without cells."""
    events = await month.compute()
    assert [(event.version, event.part, event.parts, event.cells) for event in events] == [(1, 1, 1, [])] * len(events)
    assert {event.indicator_id for event in events} == {
        each.id for each in of_service("sharing") if each.period == "month"
    }
