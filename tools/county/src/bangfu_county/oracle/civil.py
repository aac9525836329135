"""What civil affairs owes beside its lists: households of one, and children whom nobody raises."""

from __future__ import annotations

from bangfu_county.oracle.disability import is_severe
from bangfu_county.oracle.health import diagnoses
from bangfu_county.oracle.register import Home, Member
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
        if row["type"] == "marginal" and rules.is_current(row)
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
