"""What emergency management says: the rules about disasters and accidents."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules


def counts(rules: Rules, day: date) -> bool:
    """Happened lately, and not after the as-of day."""
    return move_months(rules.as_of, -rules.months("emg.new_months")) < day <= rules.as_of


def r_emg_01(rules: Rules, home: Home) -> str | None:
    """A death, an injury, a lost house or lost crops."""
    severity = None
    for member in home.members:
        for row in rules.evidence.rows("DS-EMG-LOSS", member.number):
            if not counts(rules, row["ended_on"]):
                continue
            crops = row["crop_loss_pct"] or 0
            if row["deaths"] or row["house_damage"] in ("collapsed", "serious"):
                return "RED"
            if crops >= rules.p["emg.crop_loss_total"]:
                return "RED"
            if row["injured"] or crops >= rules.p["emg.crop_loss"]:
                severity = "ORANGE"
    return severity


def r_emg_02(rules: Rules, _home: Home, member: Member) -> str | None:
    """Dead, disabled or seriously injured in an accident."""
    rows = rules.evidence.rows("DS-EMG-ACC", member.number)
    is_hit = any(counts(rules, row["happened_on"]) and row["consequence"] != "minor" for row in rows)
    return "RED" if is_hit else None
