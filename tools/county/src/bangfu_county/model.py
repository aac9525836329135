"""A household while it is being written: people, incomes, houses and what the departments know of them.

Money is whole fen (1/100 yuan) as `int`, so that sums are exact and fast.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Record = dict[str, Any]


@dataclass(slots=True)
class Person:
    """A member, and by dataset the rows that departments hold of this person (values by column code, no identity)."""

    name: str
    id_no: str | None
    born: date
    sex: str
    relation: str
    family: str
    person_no: str = ""
    labour: str = "1"
    school_stage: str | None = None
    grade: int = 0
    has_finished_compulsory: bool = True
    health: list[str] = field(default_factory=lambda: ["healthy"])
    relief: str = "none"
    rows: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_sick(self) -> bool:
        """Tell whether any illness or disability is registered."""
        return self.health != ["healthy"]


@dataclass(slots=True)
class Income:
    """One year of a household, in fen. Source: national income form, formula of the register."""

    wage: int
    business: int
    property_income: int
    transfer: int
    business_cost: int
    insurance_payout: int = 0
    self_paid: int = 0

    @property
    def net(self) -> int:
        """wage + business + property + transfer - business cost."""
        return self.wage + self.business + self.property_income + self.transfer - self.business_cost


@dataclass(slots=True)
class Monitor:
    """An existing monitoring case (category 0, 1 or 2 of the register)."""

    category: str
    identified_on: date
    risk_types: list[str]


@dataclass(slots=True)
class Household:
    """A household with everything that is known of it."""

    hh_no: str
    village_code: str
    group_name: str
    hh_type: str
    members: list[Person]
    address: str = ""
    phone: str = ""
    tenure: str = "owned"
    is_resettled: bool = False
    monitor: Monitor | None = None
    negative_on: date | None = None
    incomes: dict[int, Income] = field(default_factory=dict)
    is_story: bool = False
    # (dataset, person number) -> the wrong name that the department wrote on its row
    misnamed: dict[tuple[str, str], str] = field(default_factory=dict)
    # Rows of no person that a story brings along, by dataset.
    rows: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_monitored(self) -> bool:
        """Tell whether the household has an open case."""
        return self.monitor is not None

    @property
    def is_low_income(self) -> bool:
        """Former poor or monitored."""
        return self.hh_type == "1" or self.monitor is not None

    @property
    def has_labour(self) -> bool:
        """At least one member with full, skilled, weak or half labour."""
        return any(p.labour in ("1", "2", "3") for p in self.members)
