"""What a figure comes to, and what of it leaves the county. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from contracts.indicators import HIDDEN_BELOW, Indicator, Kind
from contracts.parameters import Words

HIDDEN: Final = f"<{HIDDEN_BELOW}"
_CENT = Decimal("0.01")

NO_DENOMINATOR: Final = Words(zh="本期无应计对象,不计算比率", en="nothing counts in the denominator: there is no rate")
PROTECTED: Final = Words(zh="少于5,不出县", en="fewer than five: not told outside the county")
BESIDE: Final = Words(zh="为保护同级小数隐去", en="hidden, because it would tell a small count beside it")


@dataclass(frozen=True, slots=True)
class Amount:
    """What an indicator comes to somewhere.

    Attributes:
        lacks: Why there is no value, where there is none.
        shown: The count as text: `<5` where it is hidden.
    """

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    lacks: Words | None
    shown: str | None

    @property
    def is_hidden(self) -> bool:
        """Tell whether it is kept from this reader."""
        return self.numerator is None


def amount(indicator: Indicator, numerator: Decimal, denominator: Decimal | None) -> Amount:
    """Give what sums of numerators and denominators come to; a denominator of zero gives no value and says why."""
    if not indicator.has_denominator:
        return Amount(numerator, None, numerator, None, plain(numerator))
    below = denominator or Decimal(0)
    if below == 0:
        return Amount(numerator, below, None, NO_DENOMINATOR, None)
    factor = 100 if indicator.kind is Kind.RATIO else 1
    value = (numerator * factor / below).quantize(_CENT, ROUND_HALF_UP)
    return Amount(numerator, below, value, None, plain(value))


def plain(number: Decimal) -> str:
    """Write a number without trailing zeros of its fraction."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Smallness = Literal["small", "plain"]


def protect(amounts: Sequence[Amount]) -> list[Amount]:
    """Hide the small counts of rows that stand together, and so many others that none follows from their sum.

    A small count is 1 to 4: of what is counted, or of what is left of the denominator. Where one row alone is hidden,
    the smallest beside it goes too: together with the sum it would tell.
    """
    small = [is_small(each) for each in amounts]
    hidden = {index for index, each in enumerate(small) if each}
    if len(hidden) == 1 and len(amounts) > 1:
        others = [index for index in range(len(amounts)) if index not in hidden and amounts[index].numerator]
        if others:
            hidden.add(min(others, key=lambda index: amounts[index].numerator or Decimal(0)))
    return [
        _without(each, PROTECTED if small[index] else BESIDE) if index in hidden else each
        for index, each in enumerate(amounts)
    ]


def is_small(each: Amount) -> bool:
    """Tell whether an amount would tell of fewer than five."""
    counts = [each.numerator]
    if each.denominator is not None and each.numerator is not None:
        counts.append(each.denominator - each.numerator)
    return any(count is not None and 0 < count < HIDDEN_BELOW for count in counts)


def _without(each: Amount, why: Words) -> Amount:
    return replace(
        each, numerator=None, denominator=None, value=None, lacks=why, shown=HIDDEN if why is PROTECTED else "*"
    )
