"""What other features ask about duties: whether the caller has one in hand, as alerts says to the caller itself."""

from __future__ import annotations

from registry.tasks.asking import Asking, DutiesOfCaller
from registry.tasks.problems import DutiesSilent, TaskNotFound, TaskNotYours
from servicekit.auth import Principal

__all__ = ["Asking", "DutiesSilent", "has_in_hand"]


async def has_in_hand(asking: DutiesOfCaller, principal: Principal, duty_id: str) -> bool:
    """Tell whether the caller took the duty in hand, or had it when it was closed; asked outside any transaction.

    Raises:
        DutiesSilent: nobody says.
    """
    try:
        return (await asking.of(duty_id)).holder == principal.actor
    except (TaskNotFound, TaskNotYours):
        return False
