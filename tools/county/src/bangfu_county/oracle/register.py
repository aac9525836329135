"""The register as the oracle reads it: households, members, incomes; and the arithmetic of days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bangfu_county.oracle.values import citizen_number


def move_months(day: date, months: int) -> date:
    """The same day some months later (or earlier), or the last day of that month."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def completed_years(born: date, day: date) -> int:
    """Age on a day."""
    years = day.year - born.year
    if (day.month, day.day) < (born.month, born.day):
        years = years - 1
    return years


@dataclass
class Member:
    """A person of the register."""

    person_no: str
    number: str | None
    born: date
    labour: str
    has_finished_compulsory: bool
    relief: str
    school_stage: str | None = None
    health: list[str] = field(default_factory=lambda: ["healthy"])
    is_dead: bool = False


@dataclass
class Home:
    """A household of the register; `net`, `payout` and `self_paid` by year.

    Attributes:
        heads: How many they were in years that are over, where that is not how many they are now.
    """

    hh_no: str
    hh_type: str
    tenure: str
    is_monitored: bool
    is_resettled: bool
    open_risks: list[str]
    negative_on: date | None
    members: list[Member]
    net: dict[int, Decimal]
    payout: dict[int, Decimal]
    self_paid: dict[int, Decimal]
    heads: dict[int, int] = field(default_factory=dict)

    @property
    def living(self) -> list[Member]:
        """The members who are not dead by registration."""
        return [member for member in self.members if not member.is_dead]

    def shared(self, total: Decimal, year: int) -> Decimal:
        """An amount of a year a head, to the fen."""
        return (total / self.heads.get(year, len(self.members))).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def per_capita(self, year: int) -> Decimal:
        """Net income a head, to the fen."""
        return self.shared(self.net[year], year)

    def reference(self, year: int) -> Decimal:
        """Net income plus insurance payout minus self-paid cost, a head, to the fen."""
        return self.shared(self.net[year] + self.payout[year] - self.self_paid[year], year)


def read_home(line: Mapping[str, Any]) -> Home:
    """Read a household of the register."""
    members = [
        Member(
            person_no=m["person_no"],
            number=None if m["id_no"] is None else citizen_number(m["id_no"]),
            born=date.fromisoformat(m["birth_date"]),
            labour=m["labour"],
            has_finished_compulsory=m["has_finished_compulsory"],
            relief=m["relief"],
            school_stage=m["school_stage"],
            health=m["health"],
        )
        for m in line["members"]
    ]
    net = {}
    for i in line["incomes"]:
        earned = Decimal(i["wage"]) + Decimal(i["business"]) + Decimal(i["property"]) + Decimal(i["transfer"])
        net[i["year"]] = earned - Decimal(i["business_cost"])
    decided = line["last_negative_decision_on"]
    return Home(
        hh_no=line["hh_no"],
        hh_type=line["hh_type"],
        tenure=line["housing_tenure"],
        is_monitored=line["monitor"] is not None,
        is_resettled=line.get("is_resettled", False),
        open_risks=[] if line["monitor"] is None else line["monitor"]["risk_types"],
        negative_on=None if decided is None else date.fromisoformat(decided),
        members=members,
        net=net,
        payout={i["year"]: Decimal(i["insurance_payout"]) for i in line["incomes"]},
        self_paid={i["year"]: Decimal(i["self_paid"]) for i in line["incomes"]},
    )
