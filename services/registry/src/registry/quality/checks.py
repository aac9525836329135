"""Who answers what a counter-check has found. Pure."""

from __future__ import annotations

KIND = "V01"
AUDIT, APPROVE = "episodes:audit", "episodes:approve"


def accepting_scope(level: str | None) -> str:
    """Give the scope that says that a finding is true as it is: of a counter-check the county, whose check it is."""
    return APPROVE if level == "check" else AUDIT
