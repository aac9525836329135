"""Incomes: items and what they add up to, windows, the forecast of a year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import INCOME, IncomeItem
from contracts.plan_codes import IncomeReason
from contracts.vocabulary import IncomePeriod
from registry.incomes import rules
from registry.incomes.rules import COMPARED, Known, Whole

NOTHING = dict.fromkeys(COMPARED, Decimal(0))
SHARES = [Decimal("0.20"), Decimal("0.50"), Decimal("0.80"), Decimal(1)]


def yuan(**amounts: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in amounts.items()}


def items(**amounts: str) -> dict[IncomeItem, Decimal]:
    return {IncomeItem(name): Decimal(amount) for name, amount in amounts.items()}


def known(population: int = 2, parts: dict[str, Decimal] | None = None, **amounts: str) -> Known:
    return Known(NOTHING | yuan(**amounts), parts or {}, population)


def test_every_item_is_a_part_of_an_amount() -> None:
    """Domain rule 2.3."""
    assert {item.amount for item in IncomeItem} == set(COMPARED) < {field.name for field in INCOME}
    assert len({item.label for item in IncomeItem}) == len(IncomeItem)


def test_items_make_the_amounts_that_are_not_given_with_them() -> None:
    whole = rules.put_together(None, NOTHING | yuan(property="7.00"), items(a1="100.10", a2="0.20", d2="5.00"))
    assert whole.amounts["property"] == Decimal("7.00")
    before = Whole(dict(NOTHING), {})
    whole = rules.put_together(before, {}, items(a1="100.10", a2="0.20", d2="5.00"))
    assert (whole.amounts["wage"], whole.amounts["transfer"]) == (Decimal("100.30"), Decimal("5.00"))


def test_items_of_an_amount_that_changes_without_them_are_no_longer_known() -> None:
    before = Whole(NOTHING | yuan(wage="100.00", transfer="5.00"), yuan(a1="100.00", d2="5.00"))
    assert rules.put_together(before, yuan(wage="90.00"), None).items == yuan(d2="5.00")
    assert rules.put_together(before, yuan(wage="100.00"), None).items == before.items


@pytest.mark.parametrize(
    ("stated", "parts", "pointers"),
    [
        (yuan(wage="100.00"), items(a1="60.00", a2="39.99"), ["/wage"]),
        (yuan(wage="100.00"), items(a1="60.00", a2="40.00"), []),
        (yuan(transfer="1.00"), items(a1="60.00"), []),
        (yuan(business="100.00"), None, ["/business_cost"]),
        (yuan(business="100.00", business_cost="0.01"), None, []),
        ({}, items(b1="10.00"), ["/business_cost"]),
        ({}, items(b1="10.00", e1="3.00"), []),
        (yuan(wage="5.00"), None, []),
    ],
)
def test_what_contradicts_itself_is_pointed_at(stated: Any, parts: Any, pointers: list[str]) -> None:
    whole = rules.put_together(Whole(dict(NOTHING), {}), stated, parts)
    assert [fault.pointer for fault in rules.faults_of(stated, parts, whole)] == pointers


def test_who_changes_something_else_is_not_asked_for_a_cost() -> None:
    before = Whole(NOTHING | yuan(business="100.00"), {})
    whole = rules.put_together(before, yuan(wage="5.00"), None)
    assert rules.faults_of(yuan(wage="5.00"), None, whole) == []


@pytest.mark.parametrize(
    ("kind", "period", "expected"),
    [
        (IncomePeriod.QUARTER, "2026-Q1", (date(2026, 1, 1), date(2026, 3, 31))),
        (IncomePeriod.QUARTER, "2026-Q4", (date(2026, 10, 1), date(2026, 12, 31))),
        (IncomePeriod.IDENTIFICATION, "2021-05", (date(2020, 6, 1), date(2021, 5, 31))),
        (IncomePeriod.ROLLING, "2026-12", (date(2026, 1, 1), date(2026, 12, 31))),
        (IncomePeriod.ELIMINATION, "2028-02", (date(2027, 3, 1), date(2028, 2, 29))),
        (IncomePeriod.QUARTER, "2026-05", None),
        (IncomePeriod.ROLLING, "2026-Q1", None),
    ],
)
def test_windows(kind: IncomePeriod, period: str, expected: object) -> None:
    """Domain rule 2.3: identified in June 2021 counts June 2020 to May 2021."""
    assert rules.window(kind, period) == expected


def test_a_forecast_is_the_year_to_date_by_the_share_of_its_quarters() -> None:
    """F-A45, R-AGR-05."""
    told = rules.forecast([known(wage="2000.00"), known(wage="3000.00")], SHARES, known(wage="9000.00"), 2)
    assert (told.to_date.net, told.share) == (Decimal("5000.00"), Decimal("0.50"))
    assert (told.expected.net, told.expected.per_capita) == (Decimal("10000.00"), Decimal("5000.00"))
    assert not told.is_fall
    assert told.reasons == ()


def test_why_less_is_expected_the_greatest_loss_first() -> None:
    last = known(2, wage="20000.00", business="6000.00", business_cost="1000.00", transfer="100.00")
    now = known(3, wage="3500.00", business="1200.00", business_cost="240.00", transfer="25.00")
    told = rules.forecast([now], SHARES, last, 3)
    assert told.is_fall
    assert told.reasons == (IncomeReason.MEMBERS, IncomeReason.WAGE, IncomeReason.COST)


def test_without_the_year_before_nothing_is_compared() -> None:
    told = rules.forecast([known(wage="1.00")], SHARES, None, 1)
    assert (told.last, told.is_fall, told.reasons) == (None, False, ())


def test_an_item_counts_where_every_quarter_knows_the_items_of_its_amount() -> None:
    first = known(wage="10.00", transfer="4.00", parts=yuan(a1="10.00", d2="4.00"))
    second = known(wage="12.00", parts={})
    told = rules.forecast([first, second], SHARES, None, 2)
    assert told.to_date.item(IncomeItem.A1) is None, "the second quarter has a wage without items"
    assert told.to_date.item(IncomeItem.D2) == Decimal("4.00"), "no transfer is no item"
    assert told.whole_year(Decimal("4.00")) == Decimal("8.00")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=4), st.integers(1, 12))
def test_a_year_that_brings_what_its_shares_say_is_expected_as_it_was(cents: list[int], population: int) -> None:
    quarters = [known(population, wage=str(Decimal(amount) / 100)) for amount in cents]
    told = rules.forecast(quarters, [Decimal(1)] * 4, None, population)
    assert told.expected.net == sum(cents) * Decimal("0.01")
    again = rules.forecast(quarters, [Decimal(1)] * 4, told.expected, population)
    assert not again.is_fall
