"""The rules about work, one plain function each, as those of `rules`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bangfu_county.oracle.codes import ABOVE_COMPULSORY
from bangfu_county.oracle.disability import is_severe
from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.register import Home, Member, completed_years, move_months
from bangfu_county.oracle.rules import Rules

WORK = "DS-HRS-WORK"


def is_working(rules: Rules, member: Member) -> bool:
    """A job of the month's list has begun, and has not ended before the last day."""
    for row in rules.evidence.rows(WORK, member.number):
        if row["from_on"] <= rules.as_of and (row["to_on"] is None or row["to_on"] >= rules.as_of):
            return True
    return False


def posts(rules: Rules, member: Member) -> list[Row]:
    """The member's rows of both lists of posts."""
    return rules.evidence.rows("DS-HRS-POST", member.number) + rules.evidence.rows("DS-FOR-RANGER", member.number)


def posts_held(rules: Rules, member: Member) -> int:
    """Posts that the member holds on the last day."""
    return sum(
        row["from_on"] <= rules.as_of and (row["to_on"] is None or row["to_on"] >= rules.as_of)
        for row in posts(rules, member)
    )


def can_be_checked(rules: Rules, member: Member) -> bool:
    """Has a number that does not stand on the list of work under another name."""
    return member.number is not None and member.number not in rules.evidence.quarantined[WORK]


def days_without_work(rules: Rules, member: Member) -> int | None:
    """Days since the last day on which anybody knows the member at work; None if nobody ever did."""
    if member.number is None:
        return None
    last_month_ended = rules.as_of.replace(day=1) - timedelta(days=1)
    days = [row["to_on"] for row in rules.evidence.rows(WORK, member.number) if row["to_on"] is not None]
    days += [row["lost_on"] for row in rules.evidence.rows("DS-HRS-UNEMP", member.number)]
    days = [day for day in days if day <= rules.as_of]
    for row in rules.evidence.worked_before.get(member.number, []):
        if row["from_on"] <= last_month_ended:
            days.append(min(row["to_on"] or last_month_ended, last_month_ended))
    return (rules.as_of - max(days)).days if days else None


def r_hrs_01(rules: Rules, member: Member) -> str | None:
    """Somebody who can work has been without for long."""
    if member.labour not in ("1", "2") or not can_be_checked(rules, member) or is_working(rules, member):
        return None
    if posts_held(rules, member):
        return None
    days = days_without_work(rules, member)
    if days is None or days < rules.p["hrs.idle_days"]:
        return None
    return "RED" if days >= rules.p["hrs.idle_red_days"] else "ORANGE"


def r_hrs_02(rules: Rules, home: Home) -> str | None:
    """Somebody of the household can work, and nobody does."""
    able = [member for member in home.living if member.labour in ("1", "2")]
    if not able:
        return None
    is_followed = home.hh_type == "1" or home.is_monitored or home.is_resettled
    if not is_followed and rules.p["hrs.zero_work_everybody"] == 0:
        return None
    if not all(can_be_checked(rules, member) for member in able):
        return None
    if any(is_working(rules, member) or posts_held(rules, member) for member in home.living):
        return None
    return "RED" if home.is_resettled else "ORANGE"


def whole_month_pay(rows: list[Row], rules: Rules, months_ago: int) -> Decimal | None:
    """What the jobs that lasted a whole month paid; None without such a job, or if one of them does not tell."""
    first = move_months(rules.as_of.replace(day=1), -months_ago)
    last = move_months(first, 1) - timedelta(days=1)
    pays = [
        row["monthly_pay"] for row in rows if row["from_on"] <= first and (row["to_on"] is None or row["to_on"] >= last)
    ]
    if not pays or None in pays:
        return None
    return sum(pays, Decimal(0))


def r_hrs_03(rules: Rules, member: Member) -> str | None:
    """At work, and not paid for the month, or far less than the month before."""
    if not is_working(rules, member):
        return None
    now = whole_month_pay(rules.evidence.rows(WORK, member.number), rules, 0)
    before = whole_month_pay(rules.evidence.worked_before.get(member.number or "", []), rules, 1)
    if now is None:
        return None
    if now == 0:
        return "YELLOW"
    if before is not None and before > 0 and before - now >= rules.p["hrs.pay_drop_share"] * before:
        return "YELLOW"
    return None


def r_hrs_04(rules: Rules, member: Member) -> str | None:
    """A public post is held by whom it is not for, or paid without attendance."""
    month_began = rules.as_of.replace(day=1)
    for row in posts(rules, member):
        is_of_month = row["from_on"] <= rules.as_of and (row["to_on"] is None or row["to_on"] >= month_began)
        if is_of_month and row["monthly_pay"] > 0 and not row["attendance_days"]:
            return "YELLOW"
    held = posts_held(rules, member)
    if held == 0:
        return None
    age = completed_years(member.born, rules.as_of)
    if age < rules.p["quality.labour_age_from"] or age >= rules.p["quality.post_age_below"]:
        return "YELLOW"
    works_away = any(
        row["place"] in ("province", "outside")
        and row["from_on"] <= rules.as_of
        and (row["to_on"] is None or row["to_on"] >= rules.as_of)
        for row in rules.evidence.rows(WORK, member.number)
    )
    return "YELLOW" if member.labour in ("4", "5") or works_away or held > rules.p["hrs.posts_most"] else None


def r_hrs_05(rules: Rules, home: Home, member: Member) -> str | None:
    """Of working age, of low income or severely disabled, and nobody pays the pension insurance for the member."""
    if member.number is None or member.number in rules.evidence.quarantined["DS-HRS-PENSION"]:
        return None
    age = completed_years(member.born, rules.as_of)
    if age < rules.p["hrs.pension_age_from"] or age > rules.p["hrs.pension_age_to"]:
        return None
    if member.school_stage in ABOVE_COMPULSORY or rules.is_present(member):
        return None
    if not rules.is_low_income(home, member) and not is_severe(rules, member):
        return None
    for row in rules.evidence.rows("DS-HRS-PENSION", member.number):
        if row["year"] == rules.as_of.year and (row["scheme"] == "employee" or row["subsidised_by_gov"]):
            return None
    return "INFO"
