"""What plans and measures need to know of the episode that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from registry.plans.problems import NotMonitoredYet


@dataclass(frozen=True)
class Case:
    """The episode that a plan or measure belongs to, as it stands; whoever writes holds its lock."""

    episode_id: UUID
    household_id: UUID
    risk_types: Sequence[str]
    identified_on: date | None
    is_monitored: bool
    plan_due_on: date | None


def require_monitored(case: Case) -> None:
    """Refuse plans and measures of a household that is not monitored.

    Raises:
        NotMonitoredYet
    """
    if not case.is_monitored:
        raise NotMonitoredYet("the episode is not one of a monitored household")
