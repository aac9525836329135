"""Incomes of three years, calibrated on published figures.

Former poor and monitored households earn 19,198 yuan a head in the last year, 10 % more than the year before (Source:
work points of a county for 2024, target "增长10%以上,达到19198元"); ordinary rural households about 25,000.
"""

from __future__ import annotations

from random import Random

from bangfu_county.calendar import Month
from bangfu_county.model import Household, Income
from bangfu_county.welfare import COST

# Means in yuan a head; the mean of both kinds of low-income household together comes to 19,198.
_FORMER_POOR, _MONITORED, _ORDINARY = 20650.0, 14300.0, 25300.0
_SPREAD = 0.24


def split_income(rng: Random, household: Household, net: int) -> Income:
    """Compose an income whose parts give exactly `net` fen by the register's formula."""
    if household.has_labour:
        wage_share = 0.45 + rng.random() * 0.25
        business_share = rng.random() * 0.22 if rng.random() < 0.7 else 0.0
    else:
        wage_share, business_share = 0.0, (rng.random() * 0.1 if rng.random() < 0.3 else 0.0)
    wage = int(net * wage_share)
    surplus = int(net * business_share)
    cost = int(surplus * (0.3 + rng.random() * 0.5)) if surplus else 0
    prop = int(net * 0.06 * rng.random()) if rng.random() < 0.5 else 0
    return Income(wage, surplus + cost, prop, net - wage - surplus - prop, cost)


def set_income(rng: Random, household: Household, year: int, per_capita: int, *, self_paid: int = 0) -> Income:
    """Write one year so that the net income a head is exactly `per_capita` fen."""
    income = split_income(rng, household, per_capita * len(household.members))
    income.self_paid = self_paid
    household.incomes[year] = income
    return income


def _mean(household: Household) -> float:
    if household.is_monitored:
        return _MONITORED
    return _FORMER_POOR if household.hh_type == "1" else _ORDINARY


def earn(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Draw the incomes of the period's year and the two before.

    A quiet household earns clearly above every line, grows every year and pays little by itself. Otherwise about 3 %
    earn less than the year before, under 1 % fall below the monitoring line, and a few were never or not yet
    recorded.
    """
    last = month.year
    mean = _mean(household)
    if quiet:
        level = mean * (0.95 + rng.random() * 0.3)
        rates = [0.08 + rng.random() * 0.06 for _ in range(2)]
    else:
        level = mean * rng.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD)
        if level < 9200:
            level = 9200 + (level % 1700) if rng.random() < 0.8 else level
        rates = [max(0.005, rng.gauss(0.112, 0.035)) for _ in range(2)]
        if rng.random() < 0.03:
            rates[0] = -(0.02 + rng.random() ** 3 * 0.4)
            if rng.random() < 0.08:
                rates[1] = -(0.02 + rng.random() * 0.1)
    bills = sum(row["self_paid_ytd"] for person in household.members for row in person.rows[COST])
    bills += int(rng.random() * 600) * 100 if rng.random() < 0.4 else 0
    per_capita = int(level * 100)
    spent = bills
    for step in range(3):
        income = set_income(rng, household, last - step, per_capita, self_paid=spent)
        if step < 2:
            per_capita = int(per_capita / (1 + rates[step]))
            spent = int(spent * (0.65 + rng.random() * 0.6))
        if not quiet and rng.random() < 0.01:
            income.insurance_payout = int(rng.random() * 8000) * 100
    if not quiet:
        _forget_years(rng, household, last)


def _forget_years(rng: Random, household: Household, last: int) -> None:
    """Drop years that were never collected: new households, and late collectors."""
    chance = rng.random()
    if chance < 0.004:
        household.incomes.clear()
    elif chance < 0.01:
        del household.incomes[last]
    elif chance < 0.02:
        del household.incomes[last - 2]
