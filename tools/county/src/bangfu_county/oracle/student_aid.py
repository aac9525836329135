"""The rules about student aid and school leavers, one plain function each, as those of `rules`."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.codes import ABOVE_COMPULSORY
from bangfu_county.oracle.disability import certificates
from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules

AID = "DS-EDU-AID"


def term(rules: Rules) -> tuple[str, date]:
    """The running term, and the day before it: autumn from September to January, spring from February to August."""
    if 2 <= rules.as_of.month <= 8:
        return "spring", date(rules.as_of.year, 1, 31)
    return "autumn", date(rules.as_of.year if rules.as_of.month >= 9 else rules.as_of.year - 1, 8, 31)


def aid_of_term(rules: Rules, member: Member) -> list[Row]:
    """What was paid to the member for the running term."""
    name, day_before = term(rules)
    return [
        row
        for row in rules.evidence.rows(AID, member.number)
        if row["term"] == name and day_before < row["paid_on"] <= rules.as_of
    ]


def is_asked(rules: Rules, member: Member) -> bool:
    """The list is of this term, and does not have the number under another name."""
    day = rules.evidence.aid_day
    if day is None or day <= term(rules)[1]:
        return False
    return member.number is not None and member.number not in rules.evidence.quarantined[AID]


def r_edu_04(rules: Rules, home: Home, member: Member) -> str | None:
    """A student of low income or with a certificate received no aid this term."""
    if not is_asked(rules, member) or not rules.is_present(member):
        return None
    if not rules.is_low_income(home, member) and not certificates(rules, member):
        return None
    return None if aid_of_term(rules, member) else "YELLOW"


def is_vocational_student(rules: Rules, member: Member) -> bool:
    """By the rolls; by the register where no roll has the person."""
    rows = rules.evidence.rows("DS-EDU-ROLL", member.number)
    stages = ("vocational", "higher_vocational")
    if not rows:
        return member.school_stage in stages
    return any(row["stage"] in stages and row["roll_status"] == "enrolled" for row in rows)


def r_edu_05(rules: Rules, home: Home, member: Member) -> str | None:
    """A vocational student of a former poor or monitored household without the Rain-Dew subsidy."""
    if home.hh_type != "1" and not home.is_monitored:
        return None
    if "DS-EDU-ROLL" not in rules.evidence.delivered or not is_asked(rules, member):
        return None
    if not is_vocational_student(rules, member):
        return None
    return None if any(row["item"] == "rain_dew" for row in aid_of_term(rules, member)) else "YELLOW"


def r_edu_06(rules: Rules, home: Home, member: Member) -> str | None:
    """A school leaver of a former poor or monitored household who learns nothing further."""
    if home.hh_type != "1" and not home.is_monitored:
        return None
    left = [row for row in rules.evidence.rows("DS-EDU-GRAD", member.number) if row["finished_on"] <= rules.as_of]
    if not left or any(row["continues_at"] is not None for row in left):
        return None
    since = move_months(rules.as_of, -rules.months("edu.leaver_months"))
    if max(row["finished_on"] for row in left) <= since:
        return None
    if rules.is_present(member) or member.school_stage in ABOVE_COMPULSORY:
        return None
    return "INFO"
