"""What a run reads, written down so that it can be replayed exactly."""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Self

from servicekit.areas import NATION, is_within

MANIFEST = "run.json"


@dataclass(frozen=True)
class Source:
    """A committed delivery whose rows count.

    Attributes:
        kind: `full`, `increment` or `record`.
        paths: Parquet parts; empty for a nil return.
        area_code: Subtree whose data it holds.
        exclusion: Parquet file of `(part_no, line_no)` of rows to leave out.
    """

    dataset: str
    delivery_id: str
    kind: str
    period: str
    commit_seq: int
    paths: tuple[str, ...]
    exclusion: str | None = None
    area_code: str = NATION


@dataclass(frozen=True)
class AreaParameters:
    """The policy parameters of some villages."""

    profile_version: int
    areas: tuple[str, ...]
    values: Mapping[str, Decimal]


@dataclass(frozen=True)
class Inputs:
    """Everything that a run's outcome depends on, next to the directory export in the same folder.

    Attributes:
        rules: Rule ids and versions at the time of the run.
        is_limited: The directory export holds a few households only.
        overrides: Parameter values to try out (what-if); empty in a real run.
        households: How many active ones the directory had; `None` if that was not asked.
    """

    period: str
    rules: Mapping[str, int]
    sources: tuple[Source, ...]
    parameters: tuple[AreaParameters, ...]
    is_limited: bool = False
    overrides: Mapping[str, Decimal] | None = None
    households: int | None = None

    def save(self, folder: Path) -> None:
        """Write the manifest."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), default=str, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the manifest of an earlier run."""
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return cls(
            period=document["period"],
            rules=document["rules"],
            sources=tuple(Source(**entry | {"paths": tuple(entry["paths"])}) for entry in document["sources"]),
            parameters=tuple(
                AreaParameters(entry["profile_version"], tuple(entry["areas"]), _decimals(entry["values"]))
                for entry in document["parameters"]
            ),
            is_limited=document["is_limited"],
            overrides=_decimals(document["overrides"]) if document["overrides"] else None,
            households=document["households"],
        )

    @property
    def areas(self) -> list[str]:
        """Villages whose households are compared."""
        return sorted({area for group in self.parameters for area in group.areas})

    def is_known(self, dataset: str, area_code: str | None, *, whole: bool) -> bool:
        """Tell whether a full dataset was delivered for a village.

        Args:
            area_code: The village; `None` for any.
            whole: Only a whole list counts, not rows that were pushed one by one.
        """
        covered = self._covered.get((dataset, whole), frozenset())
        return bool(covered) if area_code is None else any(is_within(area_code, area) for area in covered)

    @cached_property
    def _covered(self) -> dict[tuple[str, bool], frozenset[str]]:
        """(dataset, whole) -> subtrees that were delivered; few, however many records were pushed."""
        covered: dict[tuple[str, bool], set[str]] = {}
        for source in self.sources:
            covered.setdefault((source.dataset, False), set()).add(source.area_code)
            if source.kind == "full":
                covered.setdefault((source.dataset, True), set()).add(source.area_code)
        return {key: frozenset(areas) for key, areas in covered.items()}


def _decimals(values: Mapping[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in values.items()}


@dataclass(frozen=True)
class Calendar:
    """Dates that follow from a period `yyyy-mm`.

    Attributes:
        as_of: Last day of the period's month.
        cutoff: 31 August of the running school year's first calendar year, where ages are counted.
    """

    period_from: date
    as_of: date
    cutoff: date

    @classmethod
    def of(cls, period: str) -> Self:
        """Give the dates of a period."""
        year, month = int(period[:4]), int(period[5:])
        as_of = date(year, month, calendar.monthrange(year, month)[1])
        return cls(as_of.replace(day=1), as_of, date(year if month >= 9 else year - 1, 8, 31))


def group_parameters(values: Mapping[str, tuple[int, Mapping[str, Decimal]]]) -> tuple[AreaParameters, ...]:
    """Put villages with the same profile together: area -> (version, values)."""
    groups: dict[tuple[int, tuple[tuple[str, Decimal], ...]], list[str]] = {}
    for area, (version, parameters) in sorted(values.items()):
        groups.setdefault((version, tuple(sorted(parameters.items()))), []).append(area)
    return tuple(AreaParameters(version, tuple(areas), dict(items)) for (version, items), areas in groups.items())
