"""What the police say: the rules about registration, accidents and crimes."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules


def counts(rules: Rules, day: date) -> bool:
    """Happened lately, and not after the as-of day."""
    return move_months(rules.as_of, -rules.months("psb.new_months")) < day <= rules.as_of


def r_psb_01(rules: Rules, _home: Home, member: Member) -> str | None:
    """Somebody in the register who died, moved out or is in prison."""
    for row in rules.evidence.rows("DS-PSB-HUKOU", member.number):
        if counts(rules, row["changed_on"]) and row["change"] in ("death", "moved_out", "prison"):
            return "ORANGE" if member.labour in ("1", "2") else "INFO"
    return None


def r_psb_02(rules: Rules, _home: Home, member: Member) -> str | None:
    """Dead, disabled or injured in a traffic accident or a crime."""
    rows = rules.evidence.rows("DS-PSB-HARM", member.number)
    found = {row["consequence"] for row in rows if counts(rules, row["happened_on"])}
    if "death" in found:
        return "RED"
    return "ORANGE" if found & {"disabled", "injured"} else None
