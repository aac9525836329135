"""Which months' data a county is owed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contracts.duties import Pause
from contracts.parameters import Profile, lineage
from servicekit.calendar import postponed
from sharing.catalogue.service import Dataset
from sharing.periods import due_on, last_day, shifted

HELD = "名单暂缓，待核实 / the list is held until somebody has decided"


@dataclass(frozen=True)
class Spell:
    """Days on which a list of a dataset, month and area was held; without an end it still is."""

    dataset: str
    period: str
    area_code: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Expected:
    """A month's data of a dataset that a county is to get, delivered or not.

    Attributes:
        areas: The county and what lies above it: what was delivered for one of them was delivered for it.
    """

    county: str
    dataset: str
    department: str
    period: str
    counts_from: date
    due_on: date
    areas: tuple[str, ...]
    pauses: tuple[Pause, ...] = field(default=())

    @property
    def duty_id(self) -> str:
        """The duty's id."""
        return f"D01-{self.dataset}-{self.period}-{self.county[:6]}"

    def row(self) -> dict[str, Any]:
        """Give it as a statement reads it."""
        said: dict[str, Any] = {
            "kind": "D01",
            "subject_id": f"{self.dataset}/{self.period}",
            "area_code": self.county,
            "department": self.department,
            "counts_from": self.counts_from.isoformat(),
            "due_on": self.due_on.isoformat(),
        }
        if self.pauses:
            said["pauses"] = [pause.model_dump(mode="json") for pause in self.pauses]
        found = {name: getattr(self, name) for name in ("dataset", "period", "areas")}
        return {"id": self.duty_id, "said": said, **found}


def owed(
    county: str,
    since: str,
    datasets: Iterable[Dataset],
    profile: Profile,
    spells: Mapping[tuple[str, str], Sequence[Spell]],
    *,
    today: date,
) -> Iterator[Expected]:
    """Give what a county is to get: of each dataset every owed month that is over, since the first that is expected.

    Months that no longer take data are left out. While a list is held its department has delivered: these days do not
    count.

    Args:
        since: The first month that is expected, `yyyy-mm`.
        spells: By dataset and month.

    Source: 「每月15日前导入数据」, parameters sharing.delivery_due_day and sharing.period_open_months.
    """
    areas = tuple(lineage(county))
    month = f"{today:%Y-%m}"
    first = max(since, shifted(month, -profile.whole("sharing.period_open_months")))
    for dataset in datasets:
        due_day = profile.whole(dataset.due_day_parameter)
        for period in _until(first, month):
            if not dataset.is_owed(period):
                continue
            start = last_day(period)
            pauses = tuple(
                Pause(since=spell.since, until=spell.until, reason=HELD)
                for spell in sorted(spells.get((dataset.code, period), ()), key=lambda spell: spell.since)
                if spell.area_code in areas and (spell.until is None or spell.since <= spell.until)
            )
            due = postponed(start, due_on(period, due_day), pauses)
            yield Expected(county, dataset.code, dataset.department.value, period, start, due, areas, pauses)


def _until(first: str, end: str) -> Iterator[str]:
    """Give the months from `first` on, `end` left out."""
    while first < end:
        yield first
        first = shifted(first, 1)
