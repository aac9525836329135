"""Arithmetic of 12-digit area codes (统计用区划代码: province 2, city 2, county 2, township 3, village 3).

Source: statistical division codes; a higher level is padded with zeros.
"""

from __future__ import annotations

from typing import Literal

Level = Literal["nation", "province", "city", "county", "town", "village"]

NATION = "000000000000"

_ENDS: tuple[tuple[int, Level], ...] = ((0, "nation"), (2, "province"), (4, "city"), (6, "county"), (9, "town"))


def is_area_code(code: str) -> bool:
    """Tell whether `code` has the shape of an area code: twelve ASCII digits."""
    return len(code) == 12 and code.isascii() and code.isdigit()


def level_of(code: str) -> Level:
    """Tell the level that the trailing zeros say.

    Raises:
        ValueError: if `code` is not twelve digits.
    """
    if not is_area_code(code):
        raise ValueError(f"not a 12-digit area code: {code!r}")
    for end, level in _ENDS:
        if code[end:].strip("0") == "":
            return level
    return "village"


def prefix_of(code: str) -> str:
    """Give the digits that every area of the subtree begins with; empty for the nation."""
    lengths = {"nation": 0, "province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
    return code[: lengths[level_of(code)]]


def parent_of(code: str) -> str | None:
    """Give the code one level up; None for the nation."""
    ends = {"village": 9, "town": 6, "county": 4, "city": 2, "province": 0}
    level = level_of(code)
    if level == "nation":
        return None
    return code[: ends[level]].ljust(12, "0")


def town_of(code: str) -> str:
    """Give the township that a village belongs to."""
    return code[:9] + "000"


def county_of(code: str) -> str:
    """Give the county that an area lies in."""
    return code[:6] + "000000"


def digits_below(code: str) -> int:
    """Give how many digits name the areas of the next level in an area; of a village, its own."""
    return {"nation": 2, "province": 4, "city": 6, "county": 9, "town": 12, "village": 12}[level_of(code)]


def is_within(code: str, subtree: str) -> bool:
    """Tell whether `code` is `subtree` or lies below it."""
    return code.startswith(prefix_of(subtree))


def holds(root: str, own_grid: str | None, code: str, grid: str | None) -> bool:
    """Tell whether a place, an area or a household's village and grid, is of those who have `root`, or a grid in it.

    Who has a grid has what is said to be in it: neither an area nor a household without a grid.
    """
    return is_within(code, root) and own_grid in (None, grid)


def common_root(*codes: str) -> str:
    """Give the smallest area that holds all of these; the nation if there are none."""
    root = min(codes, default=NATION)
    while not all(is_within(code, root) for code in codes):
        root = parent_of(root) or NATION
    return root


def range_of(subtree: str) -> tuple[str, str]:
    """Give `(low, high)` so that `low <= code < high` holds exactly within the subtree (COLLATE "C")."""
    prefix = prefix_of(subtree)
    return prefix.ljust(12, "0"), prefix + ":"  # ':' follows '9'
