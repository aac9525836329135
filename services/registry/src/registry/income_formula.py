"""The income formula. Decimal only, rounded half up to 0.01 yuan as the national form does."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Amounts:
    """One year's components, in yuan, none negative."""

    wage: Decimal
    business: Decimal
    property: Decimal
    transfer: Decimal
    business_cost: Decimal
    insurance_payout: Decimal
    self_paid: Decimal

    @classmethod
    def of(cls, given: object) -> Amounts:
        """Take the components from a body or a line that has them by name."""
        return cls(*_components(given))


_components = attrgetter(*[component.name for component in fields(Amounts)])


@dataclass(frozen=True)
class Result:
    """What the formula gives, in yuan."""

    net: Decimal
    per_capita_net: Decimal
    ref_per_capita: Decimal


def calculate(amounts: Amounts, population: int) -> Result:
    """Apply the formula to a household of `population` persons (>= 1).

    net = wage + business + property + transfer - business cost (人均纯收入 = net / population);
    reference = net + insurance payout - compliant self-paid expenditure (纳入监测对象的人均收入参考范围).

    Raises:
        ValueError: if the population is not positive or a component is negative.
    Source: national form 收支 (domain rule 2.3); the order of the reference terms is [A].
    """
    if population < 1:
        raise ValueError("a household has at least one person")
    if min(vars(amounts).values()) < 0:
        raise ValueError("no component is negative")
    net = amounts.wage + amounts.business + amounts.property + amounts.transfer - amounts.business_cost
    reference = net + amounts.insurance_payout - amounts.self_paid
    return Result(net.quantize(_CENT), _each(net, population), _each(reference, population))


def _each(total: Decimal, population: int) -> Decimal:
    return (total / population).quantize(_CENT, rounding=ROUND_HALF_UP) + 0  # no -0.00: PostgreSQL has none either
