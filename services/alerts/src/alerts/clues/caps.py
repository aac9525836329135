"""A township closes so many clues a day without identifying anybody, and no more; the last one is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import problems, steps
from alerts.clues.tables import Clue
from alerts.directory import service as directory
from alerts.feed import service as feed
from contracts.vocabulary import Capped, ClueState
from servicekit import clock, locks
from servicekit.areas import town_of
from servicekit.problems import Conflict


@dataclass(frozen=True, slots=True)
class _Cap:
    capped: Capped
    of: Callable[[directory.Policy], int]
    count: Callable[[AsyncSession, str, date], Awaitable[int]]
    refused: type[Conflict]


_CAPS: Final[Mapping[ClueState, _Cap]] = {
    ClueState.EXCLUDED: _Cap(
        Capped.EXCLUSIONS, lambda policy: policy.exclusions_per_day, steps.exclusions_of, problems.ExclusionsCapped
    ),
    ClueState.CONFIRMED_POLICY: _Cap(
        Capped.POLICY_ONLY, lambda policy: policy.policy_only_per_day, steps.policy_only_of, problems.PolicyOnlyCapped
    ),
}


async def take_one(session: AsyncSession, clue: Clue, result: ClueState) -> feed.NewCap | None:
    """Count one more result of the township today; give what is told when it is the last one. Others are not counted.

    Raises:
        ExclusionsCapped, PolicyOnlyCapped: the number of the day is used up.
    """
    if result not in _CAPS:
        return None
    cap, town, today = _CAPS[result], town_of(clue.area_code), clock.today()
    most = cap.of((await directory.policies(session, today)).for_area(clue.area_code))
    await locks.lock_on(session, locks.LockOn.EXCLUSIONS, town)
    number = await cap.count(session, town, today) + 1
    if number > most:
        raise cap.refused(f"{most} clues of {town} have become {result} today", cap=most, area_code=town)
    if number < most:
        return None
    return feed.NewCap(
        capped=cap.capped,
        household_id=clue.household_id,
        area_code=clue.area_code,
        reached_on=today,
        number=number,
        raised_at=clock.now(),
        link=f"/v1/clues?area={town}&state={result}",
    )
