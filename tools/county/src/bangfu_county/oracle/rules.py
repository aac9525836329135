"""The rules, one plain function each, for one person or one household.

Each function answers with the severity, or None when the rule does not hold. Ages are completed years; money is
`Decimal` yuan; the as-of day is the last day of the period's month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bangfu_county.oracle.evidence import Evidence, Row
from bangfu_county.oracle.tables import ABOVE_COMPULSORY
from bangfu_county.oracle.values import citizen_number

DEFAULTS = {
    "income.monitoring_line": "8500",
    "income.focus_line_former_poor": "10000",
    "income.focus_line_labour": "11000",
    "income.drop_red_share": "0.30",
    "edu.compulsory_age_from": "6",
    "edu.compulsory_age_to": "15",
    "edu.fee_self_paid": "10000",
    "edu.students_per_household": "2",
    "med.self_paid_low_income": "10000",
    "med.self_paid_other": "26000",
    "med.red_factor": "2",
    "med.red_income_share": "0.5",
    "med.outpatient_month": "500",
    "civ.temp_count": "2",
    "civ.temp_window_months": "12",
    "civ.decision_valid_months": "12",
    "civ.grace_months": "3",
    "agr.rigid_share": "0.5",
    "agr.rigid_factor": "2",
    "agr.rigid_floor": "5000",
}


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


@dataclass
class Home:
    """A household of the register; `net`, `payout` and `self_paid` by year."""

    hh_no: str
    hh_type: str
    tenure: str
    is_monitored: bool
    open_risks: list[str]
    negative_on: date | None
    members: list[Member]
    net: dict[int, Decimal]
    payout: dict[int, Decimal]
    self_paid: dict[int, Decimal]

    def per_capita(self, year: int) -> Decimal:
        """Net income a head, to the fen."""
        return (self.net[year] / len(self.members)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def reference(self, year: int) -> Decimal:
        """Net income plus insurance payout minus self-paid cost, a head, to the fen."""
        total = self.net[year] + self.payout[year] - self.self_paid[year]
        return (total / len(self.members)).quantize(Decimal("0.01"), ROUND_HALF_UP)


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
        open_risks=[] if line["monitor"] is None else line["monitor"]["risk_types"],
        negative_on=None if decided is None else date.fromisoformat(decided),
        members=members,
        net=net,
        payout={i["year"]: Decimal(i["insurance_payout"]) for i in line["incomes"]},
        self_paid={i["year"]: Decimal(i["self_paid"]) for i in line["incomes"]},
    )


class Rules:
    """The rules on one day, with one set of parameters and the evidence that the departments sent."""

    def __init__(self, as_of: date, evidence: Evidence, parameters: Mapping[str, str] | None = None) -> None:
        self.as_of = as_of
        self.evidence = evidence
        self.p = {
            name: Decimal(value) for name, value in {**DEFAULTS, **(parameters or {})}.items() if name in DEFAULTS
        }
        self.cutoff = date(as_of.year if as_of.month >= 9 else as_of.year - 1, 8, 31)

    def months(self, name: str) -> int:
        """A parameter that counts months."""
        return int(self.p[name])

    def income_year(self, home: Home) -> int | None:
        """The newest year with an income, not after the as-of day's year and at most one year older."""
        years = [year for year in home.net if year <= self.as_of.year]
        if not years or max(years) < self.as_of.year - 1:
            return None
        return max(years)

    def is_current(self, row: Row) -> bool:
        """A civil-affairs row that is in force."""
        if row["change"] == "stopped" or row["from_on"] > self.as_of:
            return False
        return row["to_on"] is None or row["to_on"] >= self.as_of

    def allowances(self, member: Member) -> list[Row]:
        """The member's dibao and tekun rows."""
        return [r for r in self.evidence.rows("DS-CIV-LOW", member.number) if r["type"] in ("dibao", "tekun")]

    def has_current_allowance(self, member: Member) -> bool:
        """Somebody on the list of dibao or tekun now."""
        return any(self.is_current(row) for row in self.allowances(member))

    def is_low_income(self, home: Home, member: Member) -> bool:
        """Former poor, monitored, or on relief."""
        if home.hh_type == "1" or home.is_monitored or member.relief in ("dibao", "tekun"):
            return True
        return self.has_current_allowance(member)

    def is_uninsured(self, member: Member) -> bool:
        """Has a number, and no insurance row of the year carries it."""
        return member.number is not None and member.number not in self.evidence.insured

    def bill(self, member: Member) -> Row | None:
        """The member's medical cost of the as-of day's year."""
        for row in self.evidence.rows("DS-MED-COST", member.number):
            if row["year"] == self.as_of.year:
                return row
        return None

    # Education

    def r_edu_01(self, member: Member) -> str | None:
        """Child of compulsory age in no roll, or absent, and not exempt."""
        if member.number is None or member.has_finished_compulsory:
            return None
        age = completed_years(member.born, self.cutoff)
        if age < self.p["edu.compulsory_age_from"] or age > self.p["edu.compulsory_age_to"]:
            return None
        if member.number in self.evidence.quarantined["DS-EDU-ROLL"]:
            return None
        for row in self.evidence.rows("DS-EDU-ROLL", member.number):
            if row["stage"] == "junior" and row["roll_status"] == "graduated":
                return None
            if row["roll_status"] == "enrolled" and row["present"]:
                return None
        for row in self.evidence.rows("DS-EDU-EXEMPT", member.number):
            if row["valid_to"] is None or row["valid_to"] >= self.as_of:
                return None
        return "RED"

    def r_edu_02(self, member: Member) -> str | None:
        """A school year's fees left to pay above the line."""
        for row in self.evidence.rows("DS-EDU-FEE", member.number):
            if row["self_paid"] > self.p["edu.fee_self_paid"]:
                return "ORANGE"
        return None

    def r_edu_03(self, home: Home) -> str | None:
        """Several students above compulsory schooling."""
        students = 0
        for member in home.members:
            for row in self.evidence.rows("DS-EDU-ROLL", member.number):
                if row["stage"] in ABOVE_COMPULSORY and row["roll_status"] == "enrolled" and row["present"]:
                    students = students + 1
        return "YELLOW" if students >= self.p["edu.students_per_household"] else None

    # Medical

    def r_med_01(self, home: Home, member: Member) -> str | None:
        """Low-income person without insurance this year."""
        if not self.is_uninsured(member) or not self.is_low_income(home, member):
            return None
        return "RED" if home.is_monitored else "ORANGE"

    def r_med_02(self, home: Home, member: Member) -> str | None:
        """Self-paid medical cost of the year at or above the threshold."""
        row = self.bill(member)
        if row is None:
            return None
        low = self.is_low_income(home, member)
        threshold = self.p["med.self_paid_low_income"] if low else self.p["med.self_paid_other"]
        paid = row["self_paid_ytd"]
        if paid < threshold:
            return None
        if paid >= self.p["med.red_factor"] * threshold:
            return "RED"
        year = self.income_year(home)
        if year is not None and paid > self.p["med.red_income_share"] * home.net[year]:
            return "RED"
        return "ORANGE"

    def r_med_03(self, member: Member) -> str | None:
        """Self-paid outpatient cost of the month."""
        row = self.bill(member)
        if row is None or row["outpatient_self_paid_month"] is None:
            return None
        return "YELLOW" if row["outpatient_self_paid_month"] >= self.p["med.outpatient_month"] else None

    # Civil affairs

    def r_civ_01(self, home: Home) -> str | None:
        """Relief newly granted to a household that is not monitored and was not refused lately."""
        if home.is_monitored:
            return None
        if home.negative_on is not None:
            since = move_months(self.as_of, -self.months("civ.decision_valid_months"))
            if since < home.negative_on <= self.as_of:
                return None
        window = move_months(self.as_of, -self.months("civ.temp_window_months"))
        grants = 0
        for member in home.members:
            for row in self.evidence.rows("DS-CIV-LOW", member.number):
                started = row["from_on"]
                if row["change"] == "new" and (started.year, started.month) == (self.as_of.year, self.as_of.month):
                    return "ORANGE"
            for row in self.evidence.rows("DS-CIV-TEMP", member.number):
                if window < row["granted_on"] <= self.as_of:
                    grants = grants + 1
        return "ORANGE" if grants >= self.p["civ.temp_count"] else None

    def r_civ_02(self, home: Home) -> str | None:
        """Nobody can work, and nobody receives dibao or tekun."""
        if home.hh_type != "1" and not home.is_monitored:
            return None
        for member in home.members:
            if member.labour in ("1", "2", "3") or self.has_current_allowance(member):
                return None
            if member.number is not None and member.number in self.evidence.quarantined["DS-CIV-LOW"]:
                return None
        return "RED"

    def r_civ_03(self, home: Home) -> str | None:
        """Dibao or tekun was stopped, the grace period is over, and nobody in the household receives any."""
        if home.hh_type != "1" and not home.is_monitored:
            return None
        is_over = False
        for member in home.members:
            if self.has_current_allowance(member):
                return None
            for row in self.allowances(member):
                if row["change"] != "stopped" or row["to_on"] is None:
                    continue
                if move_months(row["to_on"], self.months("civ.grace_months")) <= self.as_of:
                    is_over = True
        return "YELLOW" if is_over else None

    # Housing

    def r_hou_01(self, home: Home) -> str | None:
        """The only house is graded C or D and not repaired; the worst house counts."""
        grades = set()
        for member in home.members:
            for row in self.evidence.rows("DS-HOU-GRADE", member.number):
                if row["sole_residence"] and row["measure"] != "finished":
                    grades.add(row["grade"])
        if "D" in grades:
            return "RED"
        return "ORANGE" if "C" in grades else None

    def r_hou_02(self, home: Home) -> str | None:
        """No house of their own and no safe rent."""
        return None if home.tenure in ("owned", "rented_safe") else "RED"

    # Income

    def has_gap(self, home: Home) -> bool:
        """A gap in one of the guarantees; datasets that were not delivered count as no gap."""
        delivered = self.evidence.delivered
        for member in home.members:
            if "DS-EDU-ROLL" in delivered and self.r_edu_01(member):
                return True
            if "DS-MED-ENROL" in delivered and self.is_uninsured(member):
                return True
        return self.r_hou_01(home) is not None or self.r_hou_02(home) is not None

    def r_agr_01(self, home: Home) -> str | None:
        """Net or reference income a head below the monitoring line."""
        year = self.income_year(home)
        if year is None:
            return None
        line = self.p["income.monitoring_line"]
        if home.per_capita(year) >= line and home.reference(year) >= line:
            return None
        return "RED" if home.open_risks or self.has_gap(home) else "ORANGE"

    def r_agr_02(self, home: Home) -> str | None:
        """Less income a head than the year before."""
        year = self.income_year(home)
        if year is None or year - 1 not in home.net:
            return None
        now, before = home.per_capita(year), home.per_capita(year - 1)
        if now >= before:
            return None
        return "RED" if before - now >= self.p["income.drop_red_share"] * before else "YELLOW"

    def r_agr_03(self, home: Home) -> str | None:
        """Less income a head two years running."""
        year = self.income_year(home)
        if year is None or year - 1 not in home.net or year - 2 not in home.net:
            return None
        falls = home.per_capita(year) < home.per_capita(year - 1) < home.per_capita(year - 2)
        return "ORANGE" if falls else None

    def r_agr_04a(self, home: Home) -> str | None:
        """Former poor household below the focus line."""
        year = self.income_year(home)
        if year is None or home.hh_type != "1":
            return None
        return "YELLOW" if home.per_capita(year) < self.p["income.focus_line_former_poor"] else None

    def r_agr_04b(self, home: Home) -> str | None:
        """Former poor or monitored household with labour below the higher focus line."""
        year = self.income_year(home)
        if year is None or (home.hh_type != "1" and not home.is_monitored):
            return None
        if not any(member.labour in ("1", "2") for member in home.members):
            return None
        return "ORANGE" if home.per_capita(year) < self.p["income.focus_line_labour"] else None

    def r_agr_07(self, home: Home) -> str | None:
        """Rigid expenditure takes half of the income, or doubled."""
        year = self.income_year(home)
        if year is None:
            return None
        now = home.self_paid[year]
        if now > 0 and now >= self.p["agr.rigid_share"] * home.net[year]:
            return "RED"
        before = home.self_paid.get(year - 1, Decimal(0))
        if now >= self.p["agr.rigid_floor"] and before > 0 and now >= self.p["agr.rigid_factor"] * before:
            return "RED"
        return None
