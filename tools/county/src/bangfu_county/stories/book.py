"""What a story is, and what it may do to its household."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Literal

from bangfu_county.calendar import Month
from bangfu_county.earning import set_income
from bangfu_county.model import Household, Income, Person
from bangfu_county.numbers import NumberOffice
from bangfu_county.welfare import COST, cost_row

YUAN = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """The household that a story needs.

    Attributes:
        shape: Family shape, ignored when `child_ages` is given.
        child_ages: Ages at the end of the month of the children of a couple, oldest first.
        hh_type: "0" ordinary, "1" former poor.
        category: Category of an existing monitoring case, or None.
    """

    shape: str = "nuclear"
    child_ages: tuple[int, ...] = ()
    hh_type: str = "0"
    category: str | None = None


@dataclass(slots=True)
class Scene:
    """The household of a story and the tools to change it."""

    rng: Random
    month: Month
    office: NumberOffice
    household: Household

    @property
    def head(self) -> Person:
        """The head of the household."""
        return self.household.members[0]

    @property
    def spouse(self) -> Person:
        """The second member of a couple."""
        return self.household.members[1]

    def child(self, index: int = 0) -> Person:
        """The n-th child, oldest first."""
        return [p for p in self.household.members if p.relation == "child"][index]

    def member(self, who: str) -> Person:
        """The head, the spouse or the oldest child."""
        return self.child() if who == "child" else self.spouse if who == "spouse" else self.head

    def rebirth(self, person: Person, born: date) -> None:
        """Move a birth date, with a number that fits it."""
        person.born = born
        person.id_no = self.office.issue(born, person.sex)

    def income(self, back: int = 0) -> Income:
        """The income of the period's year, or some years back."""
        return self.household.incomes[self.month.year - back]

    def earn(self, *per_capita_fen: int) -> None:
        """Set net income a head, newest year first; the years that are not named are forgotten."""
        self.household.incomes.clear()
        for back, fen in enumerate(per_capita_fen):
            set_income(self.rng, self.household, self.month.year - back, fen)

    def bill(self, person: Person, self_paid: int, *, outpatient: int | None = None) -> None:
        """Give a patient a year's bills in fen, and the household the same rigid expenditure."""
        is_poor = self.household.is_low_income or person.relief != "none"
        bills = cost_row(self.month, self_paid * 3, self_paid, low_income=is_poor, outpatient=outpatient)
        person.rows[COST] = [bills]
        if self.month.year in self.household.incomes:
            self.income().self_paid = self_paid

    def misname(self, dataset: str, person: Person) -> None:
        """Let a department write another member's name on this person's row: the row is set apart."""
        other = next(m.name for m in reversed(self.household.members) if m.name != person.name)
        # Schools write GBK, which does not have every character of a grown-up's name.
        self.household.misnamed[dataset, person.person_no] = other.encode("gbk", "ignore").decode("gbk")


@dataclass(frozen=True, slots=True)
class Story:
    """A case of one rule: planted hardship, or a near-miss that the rule must not find.

    Attributes:
        tell: Changes the household; None where the wish says it all.
        severity: What must be found; None for a near-miss.
        zh, en: The story, as the manifest tells it.
        in_season: What must be found instead in the months (first, last) of a season.
        about: The member that the rule is asked about; None for a rule about households.
    """

    rule: str
    wish: Wish
    tell: Callable[[Scene], object] | None
    severity: str | None
    zh: str
    en: str
    about: Literal["head", "spouse", "child"] | None = None
    in_season: tuple[int, int, str] | None = None

    def severity_in(self, month: Month) -> str | None:
        """What must be found in a month."""
        if self.in_season is None:
            return self.severity
        first, last, severity = self.in_season
        is_in = first <= month.month <= last if first <= last else not last < month.month < first
        return severity if is_in else self.severity
