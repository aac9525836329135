"""Which duties are planted to be late, and how many of each; whoever else is late is a fault. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bangfu.sdk.models import Duty
from bangfu_local.year.report import Fact, closed_on, escalations, is_late
from bangfu_local.year.stage import town_of


@dataclass(frozen=True)
class Planted:
    """Duties that somebody is planted to be late with.

    Attributes:
        expected: How many there must be, as it follows from what was planted and not from the duties.
        is_it: Whether a duty is one of them.
    """

    zh: str
    en: str
    expected: int
    is_it: Callable[[Duty], bool]


PLAYED = frozenset({
    "C01", "D01", "D03", "D05", "D06", "D07", "D08", "D10", "D11", "G01", "P01", "P03", "S01", "W01",
})  # fmt: skip
"""Kinds of duty that somebody in the year has to do, so that none of them is late by accident."""


def late_facts(duties: Iterable[Duty], planted: Sequence[Planted], today: date) -> list[Fact]:
    """Give how many late duties were found of each that is planted, and which are nobody's."""
    late = [duty for duty in duties if duty.kind in PLAYED and is_late(duty, today)]
    facts = [
        Fact(zh=each.zh, en=each.en, expected=str(each.expected), found=str(sum(map(each.is_it, late))))
        for each in planted
    ]
    others = sorted(_told(duty) for duty in late if not any(each.is_it(duty) for each in planted))
    facts.append(
        Fact(
            zh="未植入而逾期的事项",
            en="duties that are late though nobody was planted to be",
            expected="0",
            found="; ".join([str(len(others)), *others[:5]]),
        )
    )
    return facts


def _told(duty: Duty) -> str:
    """Say which duty it is, whose, and how late it was."""
    closed = closed_on(duty)
    whose = duty.model_dump().get("department") or town_of(duty.area_code)
    return f"{duty.kind} {whose} {duty.due_on} {duty.state} {closed or '-'} {duty.id}"


def escalation_fact(duties: Iterable[Duty], told: Mapping[str, int], today: date) -> Fact:
    """Give the duties that went to the next level more or fewer times than their ladder says.

    Args:
        told: Alerts of being late, by duty.
    """
    played = (duty for duty in duties if duty.kind in PLAYED)
    wrong = sorted(duty.id for duty in played if told.get(duty.id, 0) != escalations(duty, today))
    return Fact(
        zh="升级次数与规定不符的事项",
        en="duties that did not go once to each level that their ladder names",
        expected="0",
        found=" ".join([str(len(wrong)), *wrong[:5]]),
    )
