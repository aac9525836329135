"""What the departments of health say: the rules about diseases, family doctors and the premium."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.register import Home, Member, completed_years, move_months
from bangfu_county.oracle.rules import Rules

# The national list of 30.
LISTED = tuple(f"D{number:02d}" for number in range(1, 31))


def diagnoses(rules: Rules, member: Member) -> list[date]:
    """Days of diagnoses of listed diseases from which the member has not recovered."""
    return [
        row["diagnosed_on"]
        for row in rules.evidence.rows("DS-HEA-DISEASE", member.number)
        if row["disease_code"] in LISTED
        and row["status"] in ("confirmed", "treated")
        and row["diagnosed_on"] <= rules.as_of
    ]


def r_hea_01(rules: Rules, _home: Home, member: Member) -> str | None:
    """Newly diagnosed with a listed disease."""
    since = move_months(rules.as_of, -rules.months("hea.new_months"))
    return "ORANGE" if any(day > since for day in diagnoses(rules, member)) else None


def r_hea_02(rules: Rules, home: Home, member: Member) -> str | None:
    """Of low income, and ill, disabled or old, without a family doctor."""
    if member.number is None or not rules.is_low_income(home, member):
        return None
    is_old = completed_years(member.born, rules.as_of) >= rules.p["hea.priority_age"]
    if member.health == ["healthy"] and not is_old:
        return None
    if member.number in rules.evidence.quarantined["DS-HEA-CONTRACT"]:
        return None
    rows = rules.evidence.rows("DS-HEA-CONTRACT", member.number)
    has_contract = any(row["signed_on"] <= rules.as_of <= row["valid_to"] for row in rows)
    return None if has_contract else "INFO"


def r_med_04(rules: Rules, home: Home, member: Member) -> str | None:
    """Of low income, and paid this year's premium without a subsidy."""
    if member.number not in rules.evidence.paid_in_full or not rules.is_low_income(home, member):
        return None
    return "YELLOW"
