"""What a look-back found takes effect at once: statuses of the household, a relapse, a new risk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import EpisodeState
from registry.episodes import opening, store
from registry.episodes.facts import LookBack
from registry.episodes.situation import Move
from registry.episodes.tables import Episode
from registry.guarantees import service as guarantees

_RELAPSED = "回头看发现返贫风险 / the look-back found a relapse"
_FOUND = "回头看 / look-back"


async def take_effect(session: AsyncSession, episode: Episode, place: store.Place, move: Move) -> Sequence[Move]:
    """Write the statuses, open the episode of a new risk, and give the step that must follow at once.

    A household that relapsed is monitored again from the moment that it is known: nobody has to think of it. Where it
    has another active episode already, it is.

    Args:
        move: The look-back that was taken, with its facts read.
    """
    found: LookBack = move.facts["lookback"]
    seen_on = max(visit.visited_on for visit in found.visits)
    safe = dict(found.safe)
    await guarantees.found_at_visit(session, place.household_id, safe, on=seen_on, by=move.client_id, note=_FOUND)
    if found.finding == "new_risk":
        risks = [risk.value for risk in found.new_risks]
        area = place.area_code
        await opening.open_after(session, episode, area, risks, found_on=move.occurred_on, by=move.client_id)
    if found.finding == "relapse" and await store.active(session, place.household_id) is None:
        record = {"reason": _RELAPSED}
        to = EpisodeState.ASSISTING
        return [Move(to, move.occurred_on, move.actors, record, move.client_id, move.recorded_on)]
    return []
