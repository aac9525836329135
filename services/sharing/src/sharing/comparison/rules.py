"""Decisions about when something is compared, and what of it is believed. Pure: no clock, no session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sharing.periods import due_on, last_day, shifted


def periods_to_follow(compared: Iterable[str], today: date) -> list[str]:
    """Give the periods in which a change of the register is looked at.

    These are the month that runs and the one before, where they are compared at all; else the newest that is, and the
    month before where none is.

    Args:
        compared: Periods that were compared as a whole and are still open.
    """
    month = f"{today:%Y-%m}"
    known = sorted(compared)
    return [period for period in known if period >= shifted(month, -1)] or known[-1:] or [shifted(month, -1)]


def oldest_open(today: date, open_months: int) -> str:
    """Give the oldest period that still takes data.

    Source: parameter sharing.period_open_months.
    """
    return shifted(f"{today:%Y-%m}", -open_months)


def due_period(today: date, due_day: int) -> str | None:
    """Give last month's period once its data were due: what has not come by then is compared without it.

    Source: parameter sharing.delivery_due_day; 「每月15日前导入数据」.
    """
    period = shifted(f"{today:%Y-%m}", -1)
    return period if today > due_on(period, due_day) else None


def is_in_force(effective_from: date, period: str) -> bool:
    """Tell whether a policy profile holds in a period: on its last day, as a comparison reads it."""
    return effective_from <= last_day(period)


def periods_of_delivery(period: str, valid_months: int, compared: Iterable[str]) -> list[str]:
    """Give the periods that a delivery changes: its own, and those compared already in which its rows still count."""
    return [period, *sorted(each for each in compared if period < each < shifted(period, valid_months))]


@dataclass(frozen=True)
class Jump:
    """A rule whose findings are implausibly many or few: `now`, beside `before`."""

    rule_id: str
    before: int
    now: int


def jumps(
    before: Mapping[str, int], now: Mapping[str, int], accepted: Mapping[str, int], *, factor: Decimal, least: int
) -> list[Jump]:
    """Give the rules whose findings jump, among those that were evaluated both times.

    Args:
        accepted: Findings by rule that somebody believed; as many, or nearer to what was before, are no jump.
        factor: Smallest ratio, either way, that is one (sharing.jump_factor).
        least: Smallest difference that is one (sharing.jump_least).
    """
    found = []
    for rule_id in sorted(before.keys() & now.keys()):
        then, count = before[rule_id], now[rule_id]
        believed = accepted.get(rule_id, then)
        if min(then, believed) <= count <= max(then, believed) or abs(count - then) < least:
            continue
        if max(count, then) >= factor * min(count, then):
            found.append(Jump(rule_id, then, count))
    return found
