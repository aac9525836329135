"""What the housing office's ledger of works says: the rule about renovations that are overdue."""

from __future__ import annotations

from bangfu_county.oracle.register import Home, move_months
from bangfu_county.oracle.rules import Rules


def r_hou_03(rules: Rules, home: Home) -> str | None:
    """Works that are not finished, and due before the as-of day or open for too long."""
    for member in home.members:
        for row in rules.evidence.rows("DS-HOU-WORKS", member.number):
            if row["approved_on"] > rules.as_of:
                continue
            if row["finished_on"] is not None and row["finished_on"] <= rules.as_of:
                continue
            began = row["started_on"] or row["approved_on"]
            if row["due_on"] < rules.as_of or move_months(began, rules.months("hou.works_months")) < rules.as_of:
                return "YELLOW"
    return None
