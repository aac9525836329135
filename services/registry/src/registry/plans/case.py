"""What plans and measures need to know of the episode that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from registry.plans.problems import NotMonitoredYet


@dataclass(frozen=True)
class Case:
    """The episode that a plan or measure belongs to, as it stands; whoever writes holds its lock.

    Attributes:
        helped_from: The first day on which help counts; None where nobody is helped yet.
        is_helped: Whether it is one of a monitored household, or goes through the green channel (绿色通道).
    """

    episode_id: UUID
    household_id: UUID
    risk_types: Sequence[str]
    helped_from: date | None
    is_helped: bool
    plan_due_on: date | None


def require_helped(case: Case) -> None:
    """Refuse plans and measures of a household that is neither monitored nor helped through the green channel.

    Raises:
        NotMonitoredYet
    """
    if not case.is_helped:
        raise NotMonitoredYet("the household is not monitored, and nobody approved the green channel")
