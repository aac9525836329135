"""Which areas may have which tag, in which days (F-F24)."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.area_vocabulary import AreaTag
from registry.areas import rules

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


@pytest.mark.parametrize(
    ("tag", "level", "last_on", "area_ends", "keys"),
    [
        (AreaTag.PRIORITY, "village", None, None, []),
        (AreaTag.PRIORITY, "county", LAST, None, []),
        (AreaTag.ADVANCING, "village", None, None, ["tag.level"]),
        (AreaTag.FORMER_POOR, "town", None, None, ["tag.level"]),
        (AreaTag.BORDER, "village", date(2025, 12, 31), None, ["last_on.range"]),
        (AreaTag.BORDER, "village", None, FIRST, []),
        (AreaTag.BORDER, "village", None, date(2025, 12, 31), ["first_on.over"]),
    ],
)
def test_which_area_may_have_which_tag(
    tag: AreaTag, level: str, last_on: date | None, area_ends: date | None, keys: list[str]
) -> None:
    assert rules.wrong_tag(tag, level, (FIRST, last_on), area_ends) == keys


def test_every_tag_says_whose_it_is() -> None:
    assert set(rules.TAG_LEVELS) == set(AreaTag)


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ((FIRST, None), (LAST, None), True),
        ((FIRST, LAST), (LAST, None), True),
        ((FIRST, date(2026, 6, 29)), (LAST, None), False),
    ],
)
def test_spans_meet_on_a_day_that_both_have(one: rules.Days, other: rules.Days, meets: bool) -> None:
    assert rules.meets(one, other) == rules.meets(other, one) == meets
