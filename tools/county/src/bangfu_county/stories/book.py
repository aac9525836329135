"""What a story is, and what it may do to its household."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

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


@dataclass(frozen=True, slots=True)
class Mark:
    """What the story leaves in the manifest; `person` None for a rule about households."""

    person: Person | None
    zh: str
    en: str
    severity: str = ""


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
        self.household.misnamed[dataset, person.person_no] = other


Tell = Callable[[Scene], Mark]


@dataclass(frozen=True, slots=True)
class Story:
    """A case of one rule: planted hardship, or a near-miss that the rule must not find."""

    rule: str
    is_planted: bool
    wish: Wish
    tell: Tell


@dataclass(slots=True)
class Book:
    """Collects the stories of a field as they are written."""

    stories: list[Story] = field(default_factory=list)

    def planted(self, rule: str, wish: Wish) -> Callable[[Tell], Tell]:
        """Mark a function as planted hardship."""
        return self._add(rule, wish, is_planted=True)

    def near(self, rule: str, wish: Wish) -> Callable[[Tell], Tell]:
        """Mark a function as a near-miss."""
        return self._add(rule, wish, is_planted=False)

    def _add(self, rule: str, wish: Wish, *, is_planted: bool) -> Callable[[Tell], Tell]:
        def register(tell: Tell) -> Tell:
            self.stories.append(Story(rule, is_planted, wish, tell))
            return tell

        return register
