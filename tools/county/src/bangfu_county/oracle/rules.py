"""The rules, one plain function each, for one person or one household.

Each function answers with the severity, or None when the rule does not hold. Ages are completed years; money is
`Decimal` yuan; the as-of day is the last day of the period's month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from bangfu_county.oracle.codes import ABOVE_COMPULSORY
from bangfu_county.oracle.evidence import Evidence, Row
from bangfu_county.oracle.policy import DEFAULTS, NOT_NAMED, RISK_OF_REASON, RISKS
from bangfu_county.oracle.register import Home, Member, completed_years, move_months


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

    def is_low_income_home(self, home: Home) -> bool:
        """Former poor, monitored, or somebody of it registered on relief or on any of the four relief lists."""
        for member in home.living:
            if self.is_low_income(home, member):
                return True
            for row in self.evidence.rows("DS-CIV-LOW", member.number):
                if self.is_current(row):
                    return True
        return False

    def is_uninsured(self, member: Member) -> bool:
        """Has a number, lived on the day of the list, and no insurance row of the year carries the number."""
        day = self.evidence.enrolment_day or self.as_of
        return member.number is not None and member.born <= day and member.number not in self.evidence.insured

    def bill(self, member: Member) -> Row | None:
        """The member's medical cost of the as-of day's year."""
        for row in self.evidence.rows("DS-MED-COST", member.number):
            if row["year"] == self.as_of.year:
                return row
        return None

    # Education

    def must_be_at_school(self, member: Member) -> bool:
        """Of compulsory age, and neither finished, nor in a school above, nor exempt."""
        age = completed_years(member.born, self.cutoff)
        if age < self.p["edu.compulsory_age_from"] or age > self.p["edu.compulsory_age_to"]:
            return False
        if member.has_finished_compulsory or member.school_stage in ABOVE_COMPULSORY:
            return False
        for row in self.evidence.rows("DS-EDU-ROLL", member.number):
            if row["stage"] in ABOVE_COMPULSORY:
                return False
            if row["roll_status"] == "graduated" and (row["stage"] == "junior" or row["grade"] == 9):
                return False
        for row in self.evidence.rows("DS-EDU-EXEMPT", member.number):
            if row["valid_to"] is None or row["valid_to"] >= self.as_of:
                return False
        return True

    def can_be_checked(self, member: Member) -> bool:
        """Has a number that stands on no roll under another name."""
        return member.number is not None and member.number not in self.evidence.quarantined["DS-EDU-ROLL"]

    def is_present(self, member: Member) -> bool:
        """Any roll says so."""
        return any(row["present"] for row in self.evidence.rows("DS-EDU-ROLL", member.number))

    def r_edu_01(self, member: Member) -> str | None:
        """Child of compulsory age in no roll, or absent in all."""
        if self.can_be_checked(member) and self.must_be_at_school(member) and not self.is_present(member):
            return "RED"
        return None

    def r_edu_91(self, member: Member) -> str | None:
        """The same of a child that cannot be looked up: said, not claimed."""
        if not self.can_be_checked(member) and self.must_be_at_school(member) and not self.is_present(member):
            return "INFO"
        return None

    def r_edu_02(self, member: Member) -> str | None:
        """A school year's fees left to pay above the line."""
        for row in self.evidence.rows("DS-EDU-FEE", member.number):
            if row["self_paid"] > self.p["edu.fee_self_paid"]:
                return "ORANGE"
        return None

    def is_student(self, member: Member) -> bool:
        """Enrolled above compulsory schooling; where no roll has the person, the register says it."""
        rows = self.evidence.rows("DS-EDU-ROLL", member.number)
        if not rows:
            return member.school_stage in ABOVE_COMPULSORY
        return any(row["stage"] in ABOVE_COMPULSORY and row["roll_status"] == "enrolled" for row in rows)

    def r_edu_03(self, home: Home) -> str | None:
        """Several students above compulsory schooling."""
        students = sum(1 for member in home.living if self.is_student(member))
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
        low = self.is_low_income_home(home)
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
        if self.was_refused_lately(home):
            return None
        if self.new_relief(home) or len(self.grants(home)) >= self.p["civ.temp_count"]:
            return "ORANGE"
        return None

    def was_refused_lately(self, home: Home) -> bool:
        """A negative decision is on file and still valid."""
        since = move_months(self.as_of, -self.months("civ.decision_valid_months"))
        return home.negative_on is not None and since < home.negative_on <= self.as_of

    def new_relief(self, home: Home) -> list[Row]:
        """Rows that civil affairs calls new: of whom last month's list did not have, or begun in the last months."""
        earliest = move_months(self.as_of.replace(day=1), 1 - self.months("civ.new_months"))
        found = []
        for member in home.members:
            for row in self.evidence.rows("DS-CIV-LOW", member.number):
                is_recent = earliest <= row["from_on"] <= self.as_of
                if row["change"] == "new" and (is_recent or member.number not in self.evidence.listed_before):
                    found.append(row)
        return found

    def grants(self, home: Home) -> set[tuple[date, str]]:
        """Temporary relief of the window; one day and one reason is one grant."""
        window = move_months(self.as_of, -self.months("civ.temp_window_months"))
        found = set()
        for member in home.members:
            for row in self.evidence.rows("DS-CIV-TEMP", member.number):
                if window < row["granted_on"] <= self.as_of:
                    found.add((row["granted_on"], row["reason"]))
        return found

    def risk_of(self, rule: str, home: Home) -> str:
        """The risk of a finding: of new relief, its reason; of several reasons the first by code."""
        if rule != "R-CIV-01":
            return RISKS[rule]
        reasons = [row["reason"] for row in self.new_relief(home) if row["reason"] in RISK_OF_REASON]
        if not reasons and len(self.grants(home)) >= self.p["civ.temp_count"]:
            reasons = [reason for _, reason in self.grants(home) if reason in RISK_OF_REASON]
        return min((RISK_OF_REASON[reason] for reason in reasons), default=RISKS[rule])

    def is_too_young_for_the_list(self, member: Member) -> bool:
        """Born after the day of which the relief list tells, so that it cannot know the child yet."""
        day = self.evidence.relief_day
        return day is not None and member.born > day and not self.evidence.rows("DS-CIV-LOW", member.number)

    def has_basic_relief(self, home: Home) -> bool:
        """Dibao or tekun: the list knows; the register where no list came, and of those whom it cannot know yet."""
        if "DS-CIV-LOW" in self.evidence.delivered:
            return any(
                self.has_current_allowance(member)
                or (member.relief in ("dibao", "tekun") and self.is_too_young_for_the_list(member))
                for member in home.living
            )
        return any(member.relief in ("dibao", "tekun") for member in home.living)

    def r_civ_02(self, home: Home) -> str | None:
        """Nobody can work, or only weakly beside illness and too little income; and nobody receives dibao or tekun."""
        levels = [member.labour for member in home.living]
        if "1" in levels or "2" in levels:
            return None
        if "3" in levels:
            sick = [m for m in home.living if "disabled" in m.health or "major_disease" in m.health]
            if not sick or not self.is_below_line(home):
                return None
        if self.has_basic_relief(home):
            return None
        if any(member.number in self.evidence.quarantined["DS-CIV-LOW"] for member in home.living):
            return None
        return "RED"

    def r_civ_91(self, member: Member) -> str | None:
        """Register and list disagree about dibao and tekun."""
        if member.number is None or member.number in self.evidence.quarantined["DS-CIV-LOW"]:
            return None
        if self.is_too_young_for_the_list(member):
            return None
        is_registered = member.relief in ("dibao", "tekun")
        return "INFO" if is_registered != self.has_current_allowance(member) else None

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
        for member in home.living:
            if "DS-EDU-ROLL" in delivered and self.r_edu_01(member):
                return True
            if "DS-MED-ENROL" in delivered and self.is_uninsured(member):
                return True
        return self.r_hou_01(home) is not None or self.r_hou_02(home) is not None

    def is_below_line(self, home: Home) -> bool:
        """Net or reference income a head below the monitoring line."""
        year = self.income_year(home)
        if year is None:
            return False
        line = self.p["income.monitoring_line"]
        return home.per_capita(year) < line or home.reference(year) < line

    def r_agr_01(self, home: Home, found: Sequence[str] = ()) -> str | None:
        """Below the monitoring line; `found` are the risks that the other rules found in the same month."""
        if not self.is_below_line(home):
            return None
        named = [risk for risk in found if risk not in NOT_NAMED]
        return "RED" if named or home.open_risks or self.has_gap(home) else "ORANGE"

    def r_agr_02(self, home: Home) -> str | None:
        """Less income a head than the year before."""
        year = self.income_year(home)
        if year is None or year - 1 not in home.net:
            return None
        now, before = home.per_capita(year), home.per_capita(year - 1)
        if now >= before:
            return None
        if before < 0:
            return "YELLOW"
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
        if not any(member.labour in ("1", "2") for member in home.living):
            return None
        return "ORANGE" if home.per_capita(year) < self.p["income.focus_line_labour"] else None

    def delivered_cost(self, home: Home) -> Decimal:
        """What departments say that the members paid: the year's medical cost, and of each student one school year."""
        cost = Decimal(0)
        for member in home.members:
            row = self.bill(member)
            if row is not None:
                cost = cost + row["self_paid_ytd"]
            fees = [fee["self_paid"] for fee in self.evidence.rows("DS-EDU-FEE", member.number)]
            cost = cost + max(fees, default=Decimal(0))
        return cost

    def r_agr_91(self, home: Home) -> str | None:
        """No income that counts: the rules about income know nothing."""
        return "INFO" if self.income_year(home) is None else None

    def r_agr_07(self, home: Home) -> str | None:
        """Rigid expenditure takes half of the income, or doubled."""
        year = self.income_year(home)
        if year is None:
            return None
        now = max(home.self_paid[year], self.delivered_cost(home))
        if now > 0 and now >= self.p["agr.rigid_share"] * home.net[year]:
            return "RED"
        before = home.self_paid.get(year - 1, Decimal(0))
        if now >= self.p["agr.rigid_floor"] and before > 0 and now >= self.p["agr.rigid_factor"] * before:
            return "RED"
        return None
