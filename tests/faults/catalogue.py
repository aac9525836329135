"""The failpoints: where each is, which rows of the fault table it exercises, which promises it attacks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).with_name("catalogue.toml")
BUSES = ("embedded", "kafka")


@dataclass(frozen=True)
class Failpoint:
    """A row of catalogue.toml."""

    name: str
    where: str
    rows: tuple[int, ...]
    promises: tuple[str, ...]
    buses: tuple[str, ...]


def load(path: Path = PATH) -> dict[str, Failpoint]:
    """Read the catalogue.

    Raises:
        KeyError: a row lacks something.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["failpoint"]
    return {
        row["name"]: Failpoint(
            row["name"], row["where"], tuple(row["rows"]), tuple(row["promises"]), tuple(row.get("buses", BUSES))
        )
        for row in rows
    }
