"""Arithmetic of 12-digit area codes."""

from __future__ import annotations

import pytest

from servicekit import areas

VILLAGE = "990101101201"


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("000000000000", "nation", None),
        ("990000000000", "province", "000000000000"),
        ("990100000000", "city", "990000000000"),
        ("990101000000", "county", "990100000000"),
        ("990101101000", "town", "990101000000"),
        (VILLAGE, "village", "990101101000"),
        ("990101100000", "town", "990101000000"),  # a town that ends in zeros is still a town
    ],
)
def test_level_and_parent_follow_from_the_code(code: str, level: str, parent: str | None) -> None:
    assert areas.level_of(code) == level
    assert areas.parent_of(code) == parent


@pytest.mark.parametrize("code", ["", "99010110120", "99010110120x", "９９０１０１１０１２０１"])
def test_anything_else_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="12-digit"):
        areas.level_of(code)


@pytest.mark.parametrize("root", ["000000000000", "990000000000", "990101000000", "990101101000", VILLAGE])
def test_range_and_prefix_agree(root: str) -> None:
    low, high = areas.range_of(root)
    for code in (VILLAGE, "990101102000", "980101101201", "990102101201"):
        assert (low <= code < high) == areas.is_within(code, root)
