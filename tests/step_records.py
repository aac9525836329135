"""What a caller sends as the record of an episode's step, made from what the steps declare."""

from __future__ import annotations

import copy
import re
from datetime import date, timedelta
from typing import Any

from contracts.vocabulary import EpisodeState
from registry.episodes.steps import part_of

SCAN = b"%PDF-1.7\n%example\n"
"""What the examples of documents and photos are the SHA-256 of."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def record_for(state: EpisodeState | str, to: EpisodeState | str, on: date, **changes: Any) -> dict[str, Any]:
    """Everything that the step may put on file, as of a day; a notice stays for five whole days more."""
    entries = part_of(EpisodeState(state), EpisodeState(to)).record
    return {entry.name: _dated(copy.deepcopy(entry.example), on) for entry in entries} | changes


def _dated(value: Any, on: date) -> Any:
    if isinstance(value, dict):
        on = on - timedelta(days=1) if value.get("level") == "village" else on  # on another day than the township
        return {
            name: (on + timedelta(days=5)).isoformat() if name == "ends_on" else _dated(item, on)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_dated(item, on) for item in value]
    return on.isoformat() if isinstance(value, str) and _DAY.fullmatch(value) else value
