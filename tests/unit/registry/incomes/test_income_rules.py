"""The income formula (domain rule 2.3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.income_formula import Amounts, calculate

money = st.decimals(0, 10_000_000, places=2)


def amounts(*values: str) -> Amounts:
    return Amounts(*(Decimal(value) for value in values))


@pytest.mark.parametrize(
    ("given_amounts", "population", "net", "per_capita", "reference"),
    [
        (amounts("30000", "1000", "0", "500.50", "200.25", "0", "1000"), 2, "31300.25", "15650.13", "15150.13"),
        (amounts("0", "0", "0", "0", "0", "0", "0"), 1, "0.00", "0.00", "0.00"),
        (amounts("100", "0", "0", "0", "0", "0", "0"), 3, "100.00", "33.33", "33.33"),
        (amounts("0", "100", "0", "0", "300", "50", "0"), 1, "-200.00", "-200.00", "-150.00"),
        (amounts("0.01", "0", "0", "0", "0", "0", "0"), 2, "0.01", "0.01", "0.01"),  # half a cent rounds up
    ],
)
def test_the_formula(given_amounts: Amounts, population: int, net: str, per_capita: str, reference: str) -> None:
    result = calculate(given_amounts, population)
    assert (str(result.net), str(result.per_capita_net), str(result.ref_per_capita)) == (net, per_capita, reference)


@given(wage=money, cost=money, payout=money, paid=money, population=st.integers(1, 12))
def test_the_reference_moves_with_payout_and_expenditure(
    wage: Decimal, cost: Decimal, payout: Decimal, paid: Decimal, population: int
) -> None:
    zero = Decimal(0)
    result = calculate(Amounts(wage, zero, zero, zero, cost, payout, paid), population)
    assert (
        abs((result.ref_per_capita - result.per_capita_net) * population - (payout - paid))
        <= Decimal("0.01") * population
    )
    assert result.net == wage - cost


def test_impossible_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        calculate(amounts("1", "0", "0", "0", "0", "0", "0"), 0)
    with pytest.raises(ValueError, match="negative"):
        calculate(amounts("-1", "0", "0", "0", "0", "0", "0"), 1)
