"""The area tree of county 990101: province, city, county, townships, villages (12-digit codes)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bangfu_county.names import town_name, village_name

_VALID_FROM = "2020-01-01"


@dataclass(frozen=True, slots=True)
class Town:
    """A township and its villages."""

    code: str
    name: str
    villages: tuple[tuple[str, str], ...]


def plan_towns(households: int) -> tuple[Town, ...]:
    """Lay out at least three townships, about 1,700 households each, villages of about 300."""
    count = max(3, min(40, round((households / 150) ** 0.5)))
    villages = max(2, min(30, round(households / count / 300)))
    towns = []
    for nth in range(count):
        prefix = f"990101{101 + nth}"
        listed = tuple((f"{prefix}{201 + i}", village_name(nth, i)) for i in range(villages))
        towns.append(Town(f"{prefix}000", town_name(nth), listed))
    return tuple(towns)


def write_areas(path: Path, towns: tuple[Town, ...]) -> int:
    """Write `areas.csv`, parents before children.

    Returns:
        The number of areas.
    """
    rows = [
        ("990000000000", "虚构省", ""),
        ("990100000000", "虚构市", "990000000000"),
        ("990101000000", "明川县", "990100000000"),
    ]
    for town in towns:
        rows.append((town.code, town.name, "990101000000"))
        rows.extend((code, name, town.code) for code, name in town.villages)
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(("code", "name", "parent_code", "valid_from"))
        out.writerows((*row, _VALID_FROM) for row in rows)
    return len(rows)
