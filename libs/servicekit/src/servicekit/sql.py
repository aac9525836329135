"""Lists of columns as a readable statement has them. Pure; the names come from our own code, never from input."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_WIDTH = 100


def listed(columns: Iterable[str], alias: str = "") -> str:
    """Give columns as a SELECT or INSERT lists them."""
    return _wrapped(f"{alias}.{name}" if alias else name for name in columns)


def assigned(columns: Iterable[str], source: str) -> str:
    """Give the SET list that takes columns from `source`, an alias."""
    return _wrapped(f"{name} = {source}.{name}" for name in columns)


def typed(columns: Iterable[tuple[str, str]]) -> str:
    """Give `(name, type)` pairs as a record definition lists them."""
    return _wrapped(f"{name} {kind}" for name, kind in columns)


def _wrapped(items: Iterable[str]) -> str:
    # A space within an item stays one: lines break between items only.
    text = ", ".join(item.replace(" ", "\0") for item in items)
    return "\n        ".join(textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)).replace(
        "\0", " "
    )


def any_of(parameter: str, kind: str = "text") -> str:
    """Give what a column of keys is compared with, `key = {any_of('ids')}`, for an array in text form, of hundreds.

    The planner does not see the elements: looking each up in the column's statistics took it longer than finding
    the rows, and it takes the index whatever the statistics say.
    """
    return f"ANY(ARRAY(SELECT unnest(CAST(:{parameter} AS {kind}[]))))"
