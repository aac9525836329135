"""Whether a list can be believed beside what counts until now for the same area."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from servicekit import clock
from servicekit.areas import is_within, prefix_of
from sharing.catalogue.service import dataset_of
from sharing.deliveries import store
from sharing.deliveries.context import Intake
from sharing.deliveries.duplicates import SAMPLE_FACTOR, Persons, Rows, persons_in, persons_of
from sharing.deliveries.effective import RowsDeleted, effective_parts
from sharing.deliveries.plausibility import (
    Contrast,
    Doubt,
    Standing,
    doubts_of_first_roll,
    doubts_of_increment,
    doubts_of_list,
)
from sharing.deliveries.tables import Delivery
from sharing.directory import service as directory
from sharing.policy.service import parameters_at
from sharing.sources import Source

_LARGE_LIST = 1 << 16
_TOWNSHIP_DIGITS = 9


async def doubts_of(
    session: AsyncSession, intake: Intake, delivery: Delivery, accepted: int, refused: int
) -> list[Doubt]:
    """Give the reasons not to believe a list, with the mended rows that were sent for it meanwhile.

    Args:
        accepted, refused: Its own rows that can be used, and those that cannot.
    """
    mended = await store.corrections_of(session, delivery.id)
    joined = sum(each.rows_accepted or 0 for each in mended)
    standing = Standing(accepted + joined, max(0, refused - joined))
    profile = await parameters_at(session, delivery.area_code, clock.today())
    if delivery.kind == "increment":
        current = await store.current_list(session, delivery)
        previous = current.rows_accepted if current else None
        return doubts_of_increment(replace(standing, previous=previous), profile)
    own = {delivery.id, *(each.id for each in mended)}
    try:
        before = [source for source in await _before(session, intake, delivery) if source.delivery_id not in own]
    except RowsDeleted:  # how many they were is still known
        old = await store.list_before(session, delivery)
        return doubts_of_list(replace(standing, previous=old.rows_accepted if old else None), profile)
    if not before and standing.accepted:
        return [*doubts_of_list(standing, profile), *await _doubts_of_first(session, intake, delivery, mended, profile)]
    counted = await store.rows_of(session, [source.delivery_id for source in before])
    lists = [source for source in before if source.kind == "full"]
    if len(before) == len(lists) == 1 and is_within(lists[0].area_code, delivery.area_code):
        standing = replace(standing, previous=counted[lists[0].delivery_id])
    if before and standing.accepted and all(each.token_key_id == delivery.token_key_id for each in before):
        is_sample = sum(counted.values()) > _LARGE_LIST
        new = [await _rows(session, intake, each) for each in (delivery, *mended)]
        standing = replace(
            standing,
            contrast=await _contrast(session, intake, delivery, new, before, profile, is_sample=is_sample),
        )
    elif before and standing.previous is None:
        # The persons cannot be told: a list of no row, or of another token key than those before.
        inside = [each for each in lists if is_within(each.area_code, delivery.area_code)]
        standing = replace(standing, previous=sum(counted[each.delivery_id] for each in inside) or None)
    return doubts_of_list(standing, profile)


async def _doubts_of_first(
    session: AsyncSession, intake: Intake, delivery: Delivery, mended: Sequence[Delivery], profile: Profile
) -> list[Doubt]:
    """Hold a first list of everybody against the register; of another one the receipt says so."""
    if not dataset_of(delivery.dataset).is_of_everybody:
        return []
    registered = await directory.persons_in(session, delivery.area_code)
    rows = [await _rows(session, intake, each) for each in (delivery, *mended)]
    is_sample = (delivery.rows_accepted or 0) > _LARGE_LIST
    persons = await asyncio.to_thread(persons_of, intake.lake, rows, intake.scratch, is_sample=is_sample)
    listed = {token for token, _ in await directory.townships_of(session, persons, delivery.area_code)}
    return doubts_of_first_roll(registered, len(listed) * (SAMPLE_FACTOR if is_sample else 1), profile)


async def _before(session: AsyncSession, intake: Intake, delivery: Delivery) -> list[Source]:
    """Give what counts until now for some of a list's area: of its month, or else of the newest one before.

    Raises:
        RowsDeleted
    """
    period = await store.period_before(session, delivery)
    if period is None:
        return []
    sources = await effective_parts(session, [delivery.dataset], period, intake.lake)
    own = delivery.area_code
    return [
        source
        for source in sources
        if source.kind != "record" and (is_within(source.area_code, own) or is_within(own, source.area_code))
    ]


async def _rows(session: AsyncSession, intake: Intake, delivery: Delivery) -> Rows:
    paths = [part.path for part in await store.parts_of(session, delivery.id) if part.accepted]
    exclusion = intake.lake.url_of(delivery.exclusion_path) if delivery.exclusion_path else None
    return Rows(tuple(intake.lake.url_of(path) for path in paths), exclusion)


async def _contrast(
    session: AsyncSession,
    intake: Intake,
    delivery: Delivery,
    new: Sequence[Rows],
    before: Sequence[Source],
    profile: Profile,
    *,
    is_sample: bool,
) -> Contrast:
    """Give how the persons compare. Of a list for a wider area, those count that are registered in the list's own."""
    inside, wider = (
        [Rows(source.paths, source.exclusion) for source in before
         if is_within(source.area_code, delivery.area_code) is wanted]
        for wanted in (True, False)
    )  # fmt: skip
    homes: list[str] = []
    if wider:
        known = await asyncio.to_thread(persons_of, intake.lake, wider, intake.scratch, is_sample=is_sample)
        homes = [token for token, _ in await directory.townships_of(session, known, delivery.area_code)]
    found = await asyncio.to_thread(
        persons_in, intake.lake, new, inside, wider, homes, intake.scratch, is_sample=is_sample
    )
    kept = [is_kept for _, is_kept, _ in found.before]
    return Contrast(
        before=len(kept) * found.factor,
        now=found.now * found.factor,
        common=sum(kept) * found.factor,
        renamed=sum(is_kept and not is_named for _, is_kept, is_named in found.before) * found.factor,
        missing=await _missing(session, delivery, found, profile) * found.factor,
    )


async def _missing(session: AsyncSession, delivery: Delivery, found: Persons, profile: Profile) -> int:
    """Count the persons before of townships of which nobody is left, where at least the profile's number were."""
    if all(is_kept for _, is_kept, _ in found.before) or len(prefix_of(delivery.area_code)) >= _TOWNSHIP_DIGITS:
        return 0
    kept = {token for token, is_kept, _ in found.before if is_kept}
    homes = await directory.townships_of(session, [token for token, _, _ in found.before], delivery.area_code)
    were, left = Counter(town for _, town in homes), {town for token, town in homes if token in kept}
    least = profile.whole("sharing.hold_area_persons")
    return sum(count for town, count in were.items() if town not in left and count * found.factor >= least)
