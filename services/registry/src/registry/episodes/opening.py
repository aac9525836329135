"""How episodes begin and join: by confirmed clues, and by a look-back that found a new risk. Set by set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import RiskType
from registry.episodes import duties, store
from registry.episodes.tables import Clue, Episode
from registry.households import service as households
from registry.policy import service as policy
from servicekit import clock, ids
from servicekit.calendar import Limit, identify_limit

log = structlog.get_logger(__name__)


async def tell(session: AsyncSession, source: str, values: dict[str, Any]) -> None:
    """Announce the episodes that a SELECT of ids names as they are now, and what changed in their duties."""
    await store.announce(session, source, values)
    await duties.follow(session, source, values)


def _is_named(clue: store.OpenClue) -> bool:
    return RiskType(clue.risk_type).is_named


async def take_in_clues(
    session: AsyncSession, seen: Sequence[Clue], confirmed: Sequence[str], existing: Sequence[str] = ()
) -> None:
    """Remember clues, open an episode for each household with a confirmed one, attach further ones. Set by set.

    Idempotent: a clue that belongs to an episode has no second effect, and a household has one active episode. A clue
    whose cause nobody has named yet gives the episode no risk: the decision names it.

    Args:
        seen: The clue of every event, found when the event happened, oldest first.
        confirmed: Ids of the clues that were confirmed: they open an episode, or join the active one.
        existing: Ids of the clues of existing cases: they only join. Where the case ended meanwhile they stay
            without an episode, because nobody has verified that a new one must begin.
    """
    await store.remember_clues(session, seen)
    if not (confirmed or existing):
        return
    clues = await store.unattached(session, [*confirmed, *existing])
    opening = set(confirmed)
    attach: list[tuple[str, str]] = []
    widen: list[tuple[str, str]] = []
    fresh: dict[str, store.NewEpisode] = {}
    limits: dict[str, Limit] = {}
    for clue in clues:
        if clue.episode_id is not None:
            attach.append((clue.clue_id, clue.episode_id))
            if _is_named(clue):
                widen.append((clue.episode_id, clue.risk_type))
            continue
        if clue.clue_id not in opening and clue.household_id not in fresh:
            log.warning("clue.without_episode", clue_id=clue.clue_id, household_id=clue.household_id)
            continue
        if clue.household_id not in fresh:
            if clue.area_code not in limits:
                limits[clue.area_code] = identify_limit(
                    await policy.parameters_for(session, clue.area_code, clock.today())
                )
            found_on = clue.found_at.astimezone(clock.CHINA).date()
            due_on = limits[clue.area_code].ends_on(found_on)
            fresh[clue.household_id] = store.NewEpisode(
                ids.new_id(), clue.household_id, clue.clue_id, [], found_on, due_on
            )
        episode = fresh[clue.household_id]
        if _is_named(clue) and clue.risk_type not in episode.risk_types:
            episode.risk_types.append(clue.risk_type)
        attach.append((clue.clue_id, episode.id))
    at = clock.now()
    if fresh:
        await store.open_episodes(session, list(fresh.values()), by="alerts", at=at)
        await tell(session, "SELECT unnest(CAST(:ids AS uuid[]))", {"ids": [episode.id for episode in fresh.values()]})
    if attach:
        await store.attach_clues(session, attach)
    await _widen(session, widen, by="alerts")


async def appeal(
    session: AsyncSession, before: Episode, area_code: str, appealed_on: date, reason: str, by: str
) -> str:
    """Open the episode of an appeal, with the risks of the one that was refused; give its id."""
    limit = identify_limit(await policy.parameters_for(session, area_code, clock.today()))
    new = store.NewEpisode(
        ids.new_id(), str(before.household_id), None, list(before.risk_types), appealed_on, limit.ends_on(appealed_on),
        str(before.id), reason,
    )  # fmt: skip
    await store.open_episodes(session, [new], origin="appeal", by=by, at=clock.now())
    await tell(session, "CAST(:id AS uuid)", {"id": new.id})
    return new.id


async def open_after(
    session: AsyncSession, before: Episode, area_code: str, risks: Sequence[str], *, found_on: date, by: str
) -> None:
    """Open the episode of a risk that a look-back found new; the active episode takes it, where there is one.

    Args:
        before: The episode that is looked back on; the caller holds its lock and its household's.
        area_code: Where the household lives.
    """
    household_id = str(before.household_id)
    active = await store.active(session, household_id)
    if active is not None:
        await _widen(session, [(active, risk) for risk in risks], by=by)
        await tell(session, "CAST(:id AS uuid)", {"id": active})
        return
    due_on = identify_limit(await policy.parameters_for(session, area_code, clock.today())).ends_on(found_on)
    new = store.NewEpisode(ids.new_id(), household_id, None, list(risks), found_on, due_on, str(before.id))
    await store.open_episodes(session, [new], origin="look_back", by=by, at=clock.now())
    await tell(session, "CAST(:id AS uuid)", {"id": new.id})


async def _widen(session: AsyncSession, pairs: Sequence[tuple[str, str]], *, by: str) -> None:
    """Add risks to episodes, pairs of (episode id, risk), and to households that are monitored."""
    wider = await store.episodes_to_widen(session, pairs) if pairs else []
    if wider:
        changed = [one.household_id for one in wider]
        async with households.changing(session, changed, cause="risk attached", by=by):
            await store.widen(session, wider, clock.now())
