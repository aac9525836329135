"""What a renovation is, which days may follow which, and how far a year's target has come. Pure.

Source: 根据农户意愿采取危房改造或其他有效方式保障其住房安全 (F-B10); 持续推动农村危房改造、农房抗震改造 (F-B22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from contracts.errors import FieldError
from contracts.vocabulary import Department, Labelled
from registry.renovations.texts import FAULTS
from servicekit.areas import county_of, level_of

OWNER = Department.HOU
"""Whose the list is."""


class RenovationKind(Labelled):
    """改造类型."""

    DILAPIDATED = "dilapidated", "农村危房改造", "renovation of a dangerous house"
    SEISMIC = "seismic", "农房抗震改造", "strengthening against earthquakes"


class Wish(Labelled):
    """改造意愿."""

    WILLING = "willing", "愿意改造", "wants it"
    UNDECIDED = "undecided", "未表态", "has not said"
    UNWILLING = "unwilling", "不愿改造", "does not want it"


class Mode(Labelled):
    """改造方式 [A codes]."""

    REPAIR = "repair", "修缮加固", "repaired and strengthened"
    REBUILD = "rebuild", "原址拆除重建", "rebuilt in its place"
    ELSEWHERE = "elsewhere", "异地新建", "built elsewhere"
    REPLACE = "replace", "置换或购买", "another house bought or exchanged"
    RENT = "rent", "租赁或周转用房", "a house rented or lent"


class Stage(Labelled):
    """改造进度."""

    LISTED = "listed", "已列入", "on the list"
    UNWILLING = "unwilling", "农户不愿改造", "the household does not want it"
    APPROVED = "approved", "已批准", "approved"
    STARTED = "started", "已开工", "started"
    FINISHED = "finished", "已完工", "finished"
    ACCEPTED = "accepted", "验收合格", "accepted"
    CANCELLED = "cancelled", "已取消", "cancelled"


_RUNNING = (Stage.LISTED, Stage.APPROVED, Stage.STARTED)
RUNNING_SQL = ", ".join(f"'{stage}'" for stage in _RUNNING)
"""Stages of what is to be finished by its day."""


@dataclass(frozen=True)
class Facts:
    """What is known of a renovation."""

    wish: Wish
    mode: Mode | None = None
    approved_on: date | None = None
    started_on: date | None = None
    finished_on: date | None = None
    accepted_on: date | None = None
    due_on: date | None = None
    is_cancelled: bool = False


def stage_of(facts: Facts) -> Stage:
    """Give how far it has come: the last day that is known."""
    if facts.is_cancelled:
        return Stage.CANCELLED
    for day, stage in (
        (facts.accepted_on, Stage.ACCEPTED),
        (facts.finished_on, Stage.FINISHED),
        (facts.started_on, Stage.STARTED),
        (facts.approved_on, Stage.APPROVED),
    ):
        if day is not None:
            return stage
    return Stage.UNWILLING if facts.wish is Wish.UNWILLING else Stage.LISTED


def fault(key: str, pointer: str) -> FieldError:
    """Say what is wrong; `key` is one of `texts.FAULTS`."""
    return FieldError.told(FAULTS, key, pointer)


def faults(facts: Facts, today: date) -> list[FieldError]:
    """Give what contradicts itself."""
    days = [
        ("/approved_on", facts.approved_on),
        ("/started_on", facts.started_on),
        ("/finished_on", facts.finished_on),
        ("/acceptance/accepted_on", facts.accepted_on),
    ]
    found = [fault("day.future", pointer) for pointer, day in days if day is not None and day > today]
    for (_, before), (pointer, day) in pairwise(days):
        if day is not None and before is None:
            found.append(fault("day.skipped", pointer))
        elif day is not None and before is not None and day < before:
            found.append(fault("day.order", pointer))
    if facts.approved_on is not None:
        if facts.mode is None:
            found.append(fault("mode.missing", "/mode"))
        if facts.wish is Wish.UNWILLING:
            found.append(fault("wish.unwilling", "/wish"))
        if facts.due_on is not None and facts.due_on < facts.approved_on:
            found.append(fault("due_on.early", "/due_on"))
    return found


def target_faults(county: str, towns: Iterable[str]) -> list[FieldError]:
    """Give which codes are no townships of a county."""
    return [
        fault("targets.foreign", f"/targets/{town}")
        for town in towns
        if level_of(town) != "town" or county_of(town) != county
    ]


@dataclass(frozen=True)
class Tally:
    """How far a township has come with a kind of renovation in a year.

    Attributes:
        target: Households of the year's target; None where none is set.
        listed: On the list and not cancelled, those that do not want it included.
        finished: Those accepted included.
    """

    area_code: str
    kind: RenovationKind
    target: int | None = None
    listed: int = 0
    approved: int = 0
    started: int = 0
    finished: int = 0
    accepted: int = 0
    late: int = 0
    subsidy: Decimal = Decimal()

    @property
    def completion(self) -> Decimal | None:
        """Finished of the target, to four decimals; None without one."""
        return round(Decimal(self.finished) / self.target, 4) if self.target else None


def against_target(counted: Iterable[Tally], targets: Mapping[tuple[str, RenovationKind], int]) -> list[Tally]:
    """Put the target to each township's count; a township with a target and nothing on the list is there too."""
    known = {(tally.area_code, tally.kind): tally for tally in counted}
    return [
        Tally(**(vars(known.get(key) or Tally(*key)) | {"target": targets.get(key)}))
        for key in sorted(known.keys() | targets.keys())
    ]
