"""What the departments of health say: the rules about diseases."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.register import Home, Member, move_months
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
