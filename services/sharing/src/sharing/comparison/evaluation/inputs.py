"""What a run reads, written down in a folder so that it can be replayed exactly.

The folder holds `run.json`, and the directory and the rows pushed singly as PostgreSQL copied them out, a CSV file a
table. Functions that touch files block: call them in a thread.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import zstandard
from pydantic import TypeAdapter

from contracts.parameters import Value
from servicekit.areas import is_within
from sharing.rulestates import NotActive, RuleState
from sharing.sources import ListOf, Source

MANIFEST = "run.json"
FINDINGS = "findings.csv"
RECORDS = "record.csv"
DECISIONS = "decision.csv"
UNUSED = "unused.csv"
STATUSES = "status.csv"
LEDGERS = "ledger.csv"
OCCUPATIONS = "occupation.csv"
INSURANCE = "insurance.csv"
AID = "aid.csv"


@dataclass(frozen=True)
class AreaParameters:
    """The policy parameters of some villages."""

    profile_version: int
    areas: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Only:
    """Whose rows a limited run looks up in the lists, instead of reading all of them.

    Attributes:
        tokens: ID tokens of the persons, under every key.
        keys: By dataset whose rows are not told apart by person: what the persons' rows have in the first column of
            its key. Somebody else's row may be the newest of it.
    """

    tokens: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Inputs:
    """Everything that a run's outcome depends on, next to the tables in the same folder.

    Attributes:
        rules: Rule ids and versions at the time of the run.
        before: Last month's lists, of the datasets that are compared with them.
        is_limited: The directory is a few households only.
        only: Whose rows are read; `None` for everybody's.
        overrides: Parameter values to try out (what-if); empty in a real run.
        held: Whole lists that wait to be believed.
        lists: Every list of these datasets that was delivered, also those of other periods.
        unprofiled: Villages for which no policy profile is in force: nothing is compared there.
        states: Where rules were retired or activated, the oldest decision first.
    """

    period: str
    rules: Mapping[str, int]
    sources: tuple[Source, ...]
    parameters: tuple[AreaParameters, ...]
    before: tuple[Source, ...] = ()
    is_limited: bool = False
    only: Only | None = None
    overrides: Mapping[str, Value] | None = None
    held: tuple[ListOf, ...] = ()
    lists: tuple[ListOf, ...] = ()
    unprofiled: tuple[str, ...] = ()
    states: tuple[RuleState, ...] = ()

    def save(self, folder: Path) -> None:
        """Write the manifest."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), default=str, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Inputs:
        """Read the manifest of an earlier run."""
        return _reader().validate_json((folder / MANIFEST).read_bytes())

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

    def is_held(self, dataset: str, area_code: str) -> bool:
        """Tell whether a whole list that speaks for a village waits to be believed."""
        return any(each.dataset == dataset and is_within(area_code, each.area_code) for each in self.held)

    def newer_list(self, dataset: str, area_code: str) -> str | None:
        """Give the newest period after this one of which a list speaks for a village."""
        return max((each for each in self._periods(dataset, area_code) if each > self.period), default=None)

    def older_list(self, dataset: str, area_code: str) -> str | None:
        """Give the newest period before this one of which a list speaks for a village."""
        return max((each for each in self._periods(dataset, area_code) if each < self.period), default=None)

    def why_not_active(self, rule_id: str, version: int, area_code: str) -> NotActive | None:
        """Tell why a rule, in this version, is not active in a village; `None`: it is."""
        said = [state for state in self._said.get((rule_id, version), ()) if is_within(area_code, state.area_code)]
        return said[-1].why if said else None

    @cached_property
    def _said(self) -> dict[tuple[str, int], list[RuleState]]:
        """(rule, version) -> what was decided about it."""
        said: dict[tuple[str, int], list[RuleState]] = {}
        for state in self.states:
            said.setdefault((state.rule_id, state.version), []).append(state)
        return said

    def _periods(self, dataset: str, area_code: str) -> list[str]:
        told = self._told.get(dataset, {})
        return [period for area, periods in told.items() if is_within(area_code, area) for period in periods]

    @cached_property
    def _told(self) -> dict[str, dict[str, set[str]]]:
        """Dataset -> area -> periods of its lists."""
        told: dict[str, dict[str, set[str]]] = {}
        for each in self.lists:
            told.setdefault(each.dataset, {}).setdefault(each.area_code, set()).add(each.period)
        return told

    def day_of(self, dataset: str, area_code: str, days: Mapping[str, date]) -> date | None:
        """Give the newest day that a whole list for a village tells of; `None` without any.

        Args:
            days: By delivery.
        """
        told = [
            days[source.delivery_id]
            for source in self.sources
            if source.dataset == dataset and source.delivery_id in days and is_within(area_code, source.area_code)
        ]
        return max(told, default=None)

    @cached_property
    def _covered(self) -> dict[tuple[str, bool], frozenset[str]]:
        """(dataset, whole) -> subtrees that were delivered; few, however many records were pushed."""
        covered: dict[tuple[str, bool], set[str]] = {}
        for source in self.sources:
            covered.setdefault((source.dataset, False), set()).add(source.area_code)
            if source.kind == "full":
                covered.setdefault((source.dataset, True), set()).add(source.area_code)
        return {key: frozenset(areas) for key, areas in covered.items()}


@cache
def _reader() -> TypeAdapter[Inputs]:
    """Make the reader of manifests, once: reading takes less."""
    return TypeAdapter(Inputs)


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


def group_parameters(values: Mapping[str, tuple[int, Mapping[str, Value]]]) -> tuple[AreaParameters, ...]:
    """Put villages with the same profile together: area -> (version, values)."""
    groups: dict[tuple[int, tuple[tuple[str, Value], ...]], list[str]] = {}
    for area, (version, parameters) in sorted(values.items()):
        groups.setdefault((version, tuple(sorted(parameters.items()))), []).append(area)
    return tuple(AreaParameters(version, tuple(areas), dict(items)) for (version, items), areas in groups.items())


def heard_of(datasets: Iterable[str], sources: Iterable[Source]) -> dict[str, list[Source]]:
    """Give the sources with rows by dataset, of those that have any."""
    heard: dict[str, list[Source]] = {code: [] for code in datasets}
    for source in sources:
        if source.dataset in heard and (source.paths or source.kind == "record"):
            heard[source.dataset].append(source)
    return {code: told for code, told in heard.items() if told}


def fresh(folder: Path) -> None:
    """A run that crashed before begins again from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def tidy(folder: Path, *, keep: bool) -> None:
    """Delete a run's folder, or what it needed while it worked; what is kept is compressed."""
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
        return
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    for file in set(folder.glob("*.csv")) - {folder / FINDINGS, folder / UNUSED}:
        packed = folder / f"{file.name}.part"
        try:
            with file.open("rb") as source, packed.open("wb") as target:
                zstandard.ZstdCompressor(level=1).copy_stream(source, target)
        except OSError:  # a full disk: the run has ended all the same, and can be replayed from what is there
            packed.unlink(missing_ok=True)
            return
        packed.rename(folder / f"{file.name}.zst")
        file.unlink()


def runs_in(root: Path) -> list[str]:
    """Give the ids of the runs that have a folder."""
    return [folder.name for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []


def remove(root: Path, old: Iterable[str], strangers: Iterable[str], limit: float) -> None:
    """Delete the folders of `old` runs, and of `strangers` that were last changed before `limit` (epoch seconds)."""
    for name in old:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in strangers:
        with contextlib.suppress(FileNotFoundError):
            if (root / name).stat().st_mtime < limit:
                shutil.rmtree(root / name, ignore_errors=True)
