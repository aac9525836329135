"""What civil affairs owes beside its lists: households of one, and children whom nobody raises."""

from __future__ import annotations

from bangfu_county.oracle.disability import is_severe
from bangfu_county.oracle.health import diagnoses
from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules


def is_cared_for(rules: Rules, member: Member) -> bool:
    """A disabled soldier of a grade that counts, or the recipient of a regular pension."""
    for row in rules.evidence.rows("DS-VET-CARE", member.number):
        if row["from_on"] > rules.as_of or (row["to_on"] is not None and row["to_on"] < rules.as_of):
            continue
        if row["category"] == "pension" or row["disability_grade"] <= rules.p["vet.soldier_grade"]:
            return True
    return False


def r_civ_04(rules: Rules, home: Home, member: Member) -> str | None:
    """Somebody in a marginal family who could have the allowance alone, and has not."""
    on_list = [
        row
        for each in home.members
        for row in rules.evidence.rows("DS-CIV-LOW", each.number)
        if row["type"] in ("marginal", "rigid") and rules.is_current(row)
    ]
    if not on_list or rules.has_current_allowance(member) or rules.is_too_young_for_the_list(member):
        return None
    if member.number in rules.evidence.quarantined["DS-CIV-LOW"]:
        return None
    is_owed = diagnoses(rules, member) or is_severe(rules, member) or is_cared_for(rules, member)
    return "YELLOW" if is_owed else None


def r_civ_05(rules: Rules, home: Home, member: Member) -> str | None:
    """An orphan or unattended child in a household that is neither monitored nor refused lately."""
    if home.is_monitored or rules.was_refused_lately(home):
        return None
    rows = rules.evidence.rows("DS-CIV-CHILD", member.number)
    return "YELLOW" if any(row["from_on"] <= rules.as_of for row in rows) else None


def r_civ_06(rules: Rules, home: Home, member: Member) -> str | None:
    """Newly diagnosed with a listed disease, and the household received no temporary relief."""
    since = move_months(rules.as_of, -rules.months("hea.new_months"))
    if not any(day > since for day in diagnoses(rules, member)):
        return None
    return None if rules.grants(home) else "YELLOW"


def r_civ_07(rules: Rules, home: Home) -> str | None:
    """Income below the line of the allowance, and nobody receives one."""
    year = rules.income_year(home)
    if year is None or home.per_capita(year) >= rules.p["civ.dibao_line"] or rules.has_basic_relief(home):
        return None
    is_doubtful = any(member.number in rules.evidence.quarantined["DS-CIV-LOW"] for member in home.living)
    return None if is_doubtful else "YELLOW"


def r_med_05(rules: Rules, home: Home, member: Member) -> str | None:
    """A listed disease and bills in a low-income household, and no medical aid."""
    bill = rules.bill(member)
    if bill is None or not diagnoses(rules, member) or not rules.is_low_income_home(home):
        return None
    return "YELLOW" if bill["self_paid_ytd"] > 0 and bill["aid_paid"] == 0 else None
