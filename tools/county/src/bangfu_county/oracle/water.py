"""What the water office says: the rule about the water that a household drinks."""

from __future__ import annotations

from bangfu_county.oracle.register import Home
from bangfu_county.oracle.rules import Rules

INDICATORS = ("quantity_ok", "quality_ok", "convenience_ok", "guarantee_ok")


def r_wat_01(rules: Rules, home: Home) -> str | None:
    """The newest check of the household's water, under anybody's name, failed an indicator."""
    checks = [
        row
        for member in home.members
        for row in rules.evidence.rows("DS-WAT-STATUS", member.number)
        if row["checked_on"] <= rules.as_of
    ]
    newest = max((row["checked_on"] for row in checks), default=None)
    failed = [row for row in checks if row["checked_on"] == newest and not all(row[name] for name in INDICATORS)]
    return "RED" if failed else None
