"""Whether a duty lets its holder see what a visit of the household needs. Pure."""

from __future__ import annotations

from typing import Literal

from contracts.duties import KINDS
from servicekit.held import HeldDuty

Reason = Literal["closed", "not_in_hand", "shows_nothing", "other_household"]


def why_not(duty: HeldDuty, household_id: str, actor: str) -> Reason | None:
    """Tell why a duty does not let the caller see the household; None when it does."""
    if duty.household_id != household_id:
        return "other_household"
    if duty.state != "open":
        return "closed"
    if duty.kind not in KINDS or KINDS[duty.kind].shows is None:
        return "shows_nothing"
    return None if duty.holder == actor else "not_in_hand"
