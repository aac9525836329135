"""The rows of the table, in the order in which they are measured."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from typing import cast

from bench.harness import Bench
from bench.results import Result

NAMES = (
    "gateway", "latency", "intake", "reads", "relay", "folding", "comparison", "import", "labels", "lists", "duties",
)  # fmt: skip
"""What needs an idle or empty system comes first; `labels` and `lists` read what `import` left, `lists` replaces it."""


def measure_of(name: str) -> Callable[[Bench], Awaitable[list[Result]]]:
    """Give the function that measures a row."""
    module = importlib.import_module(f"bench.rows.{'import_' if name == 'import' else name}")
    return cast(Callable[[Bench], Awaitable[list[Result]]], module.measure)
