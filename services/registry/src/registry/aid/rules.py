"""Which of what lists said of a household counts, and what it adds to the income of a year. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar


class Said(Protocol):
    """A version of what a list says."""

    @property
    def superseded_at(self) -> datetime | None: ...
    @property
    def was_wrong(self) -> bool | None: ...


class Given(Said, Protocol):
    """One with what it adds to an income."""

    @property
    def dataset(self) -> str: ...
    @property
    def income(self) -> str | None: ...
    @property
    def given_on(self) -> date | None: ...
    @property
    def amount(self) -> Decimal | None: ...


class Part(NamedTuple):
    """Of what a sum is: a year, an amount of its income, the list that tells."""

    year: int
    income: str
    dataset: str


S = TypeVar("S", bound=Said)
G = TypeVar("G", bound=Given)


def counts(said: Said) -> bool:
    """Tell whether a version counts: the newest, and the department did not correct it away."""
    return said.superseded_at is None and not said.was_wrong


def parts_of_incomes(said: Iterable[G]) -> dict[Part, tuple[Decimal, list[G]]]:
    """Give what lists say of the income of each year, newest first, in yuan, and what that consists of."""
    found: dict[Part, list[G]] = {}
    for each in said:
        if counts(each) and each.income and each.given_on and each.amount is not None:
            found.setdefault(Part(each.given_on.year, each.income, each.dataset), []).append(each)
    return {
        part: (sum((each.amount for each in given if each.amount is not None), Decimal("0.00")), given)
        for part, given in sorted(found.items(), key=lambda entry: (-entry[0].year, *entry[0][1:]))
    }
