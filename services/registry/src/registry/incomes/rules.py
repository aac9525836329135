"""Incomes: amounts and the items that they consist of, windows, the forecast of a year. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from contracts.fields import IncomeItem
from contracts.plan_codes import IncomeReason
from contracts.vocabulary import IncomePeriod
from servicekit.problems import FieldError

Amounts = Mapping[str, Decimal]

INCOMES: Final = ("wage", "business", "property", "transfer")
COST: Final = "business_cost"
COMPARED: Final = (*INCOMES, COST)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Whole:
    """Amounts with the items that are known of them."""

    amounts: dict[str, Decimal]
    items: dict[str, Decimal]


def put_together(before: Whole | None, given: Amounts, items: Mapping[IncomeItem, Decimal] | None) -> Whole:
    """Give the amounts after a change: what is not given stays; items make the amounts that are not given with them.

    Items of an amount that changes without them are no longer known.

    Args:
        given: The amounts that the change names.
        items: All items, as the change names them; None if it names none.
    """
    amounts = {**(before.amounts if before else {}), **given}
    if items is not None:
        sums = _sums(items)
        amounts = {**amounts, **{name: total for name, total in sums.items() if name not in given}}
        return Whole(amounts, {item.value: amount for item, amount in items.items()})
    kept = {
        code: amount
        for code, amount in (before.items.items() if before else ())
        if before and amounts[IncomeItem(code).amount] == before.amounts[IncomeItem(code).amount]
    }
    return Whole(amounts, kept)


def faults_of(given: Amounts, items: Mapping[IncomeItem, Decimal] | None, whole: Whole) -> list[FieldError]:
    """Give what contradicts itself in a change: items that do not add up, production without a cost.

    Source: the public rule set of the national system, rule 22.
    """
    faults = [
        FieldError(f"/{name}", f"{name}.sum", f"应等于各项之和 {total} / must be the sum of its items, {total}")
        for name, total in _sums(items or {}).items()
        if name in given and given[name] != total
    ]
    said = {*given, *_sums(items or {})}
    if said & {"business", COST} and whole.amounts["business"] > 0 and whole.amounts[COST] <= 0:
        detail = "有生产经营收入须有生产经营支出 / income of production and business has a cost"
        faults.append(FieldError(f"/{COST}", f"{COST}.missing", detail))
    return faults


def _sums(items: Mapping[IncomeItem, Decimal]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for item, amount in items.items():
        sums[item.amount] = sums.get(item.amount, Decimal(0)) + amount
    return sums


def window(kind: IncomePeriod, period: str) -> tuple[date, date] | None:
    """Give the first and last day of `2026-Q3` (a quarter), or of the twelve months to `2026-05`; None if it fits not.

    Source: identified in June 2021 counts June 2020 to May 2021.
    """
    year, part = int(period[:4]), period[5:]
    if (kind is IncomePeriod.QUARTER) != part.startswith("Q"):
        return None
    if part.startswith("Q"):
        last = int(part[1:]) * 3
        return date(year, last - 2, 1), _end(year, last)
    month = int(part)
    return (date(year - 1, month + 1, 1) if month < 12 else date(year, 1, 1)), _end(year, month)


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Known:
    """What is registered of a household's year, or of some quarters of it."""

    amounts: Amounts
    items: Amounts
    population: int

    @property
    def net(self) -> Decimal:
        """Give the net income."""
        return sum((self.amounts[name] for name in INCOMES), Decimal(0)) - self.amounts[COST]

    @property
    def itemised(self) -> frozenset[str]:
        """Give the amounts of which all items are known: they add up."""
        sums = _sums({IncomeItem(code): amount for code, amount in self.items.items()})
        return frozenset(name for name in COMPARED if self.amounts[name] == sums.get(name, 0))

    def item(self, item: IncomeItem) -> Decimal | None:
        """Give an item; None where those of its amount are not known."""
        return self.items.get(item.value, Decimal("0.00")) if item.amount in self.itemised else None

    @property
    def per_capita(self) -> Decimal:
        """Give the net income a head."""
        return _rounded(self.net / self.population)


@dataclass(frozen=True)
class Forecast:
    """What a year is expected to bring, beside the year before (R-AGR-05).

    Attributes:
        share: Of the year's income that the quarters so far bring.
        reasons: Why it is lower, the greatest loss first; empty where it is not.
    """

    to_date: Known
    share: Decimal
    expected: Known
    last: Known | None
    reasons: tuple[IncomeReason, ...]

    def whole_year(self, to_date: Decimal | None) -> Decimal | None:
        """Give what the whole year brings of something, by what its quarters brought; None: not known."""
        return None if to_date is None else _rounded(to_date / self.share)

    @property
    def is_fall(self) -> bool:
        """Tell whether less a head is expected than the year before."""
        return self.last is not None and self.expected.per_capita < self.last.per_capita


def forecast(quarters: Sequence[Known], shares: Sequence[Decimal], last: Known | None, population: int) -> Forecast:
    """Forecast a year from its first quarters: what they brought, divided by the share that they bring of a year.

    Args:
        quarters: The first ones, at least one.
        shares: Of the year, up to the end of each of its quarters.
    """
    share = shares[len(quarters) - 1]
    to_date = Known(
        {name: sum((each.amounts[name] for each in quarters), Decimal(0)) for name in COMPARED},
        _added(quarters),
        population,
    )
    expected = Known(
        {name: _rounded(amount / share) for name, amount in to_date.amounts.items()},
        {},
        population,
    )
    return Forecast(to_date, share, expected, last, reasons(expected, last) if last else ())


def _added(quarters: Sequence[Known]) -> dict[str, Decimal]:
    """Add up the items of the amounts that every quarter knows item by item."""
    total: dict[str, Decimal] = {}
    for item in IncomeItem:
        told = [each.item(item) for each in quarters]
        known = [amount for amount in told if amount is not None]
        if len(known) == len(quarters) and any(known):
            total[item.value] = sum(known, Decimal(0))
    return total


def reasons(expected: Known, last: Known) -> tuple[IncomeReason, ...]:
    """Give why a year brings less a head than the one before, the greatest loss first."""
    if expected.per_capita >= last.per_capita:
        return ()
    lost = {IncomeReason(name): last.amounts[name] - expected.amounts[name] for name in INCOMES}
    lost[IncomeReason.COST] = expected.amounts[COST] - last.amounts[COST]
    if expected.population > last.population:
        lost[IncomeReason.MEMBERS] = last.per_capita * (expected.population - last.population)
    return tuple(sorted((reason for reason, loss in lost.items() if loss > 0), key=lambda reason: -lost[reason]))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
