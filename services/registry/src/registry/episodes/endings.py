"""Leaving protection is capped: a township can lose so many households from monitoring a day, or turn them away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.registry import EndingsCapReached
from contracts.vocabulary import Capped
from registry.episodes import store
from registry.episodes.problems import EndingsCapped, RefusalsCapped
from servicekit import locks, outbox
from servicekit.areas import town_of
from servicekit.problems import Conflict

log = structlog.get_logger(__name__)

capped_total = Counter("bangfu_registry_endings_capped_total", "Days on which a township reached the cap of endings")

_CAPS: Final[Mapping[Capped, tuple[str, type[Conflict]]]] = {
    Capped.ENDINGS: ("episodes.endings_per_day", EndingsCapped),
    Capped.REFUSALS: ("episodes.refusals_per_day", RefusalsCapped),
}


async def take_one(session: AsyncSession, capped: Capped, place: store.Place, policy: Profile, today: date) -> None:
    """Count one more household of a township that leaves today, and announce it when it is the last one.

    Two that leave at once wait for each other.

    Raises:
        EndingsCapped, RefusalsCapped: the township's number of the day is used up.
    """
    parameter, refused = _CAPS[capped]
    town, cap = town_of(place.area_code), policy.whole(parameter)
    await locks.lock_on(session, locks.LockOn.ENDINGS, town)
    number = await store.left(session, capped, town, today) + 1
    if number > cap:
        raise refused(f"{cap} households of {town} have left today: {parameter}", cap=cap, area_code=town)
    if number == cap:
        capped_total.inc()
        log.warning("episodes.endings_cap_reached", area_code=town, cap=cap, capped=str(capped))
        event = EndingsCapReached(
            household_id=place.household_id, area_code=place.area_code, town_code=town, ended_on=today, endings=number,
            capped=capped,
        )  # fmt: skip
        await outbox.add(session, event)
