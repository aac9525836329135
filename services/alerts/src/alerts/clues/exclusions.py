"""Use cases of exclusions: a clue is excluded by two persons, and a township excludes so many a day and no more.

Source: domain reference, clue: an exclusion needs a second person. Machines that stand in count as one each.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import caps, problems, service, steps
from alerts.clues.tables import ExclusionDecision
from contracts.vocabulary import ClueState
from servicekit import clock
from servicekit.areas import town_of
from servicekit.auth import Principal
from servicekit.etags import require_match


async def decide(
    session: AsyncSession, principal: Principal, clue_id: str, *, agrees: bool, note: str, if_match: str | None
) -> None:
    """Say as the second person whether a clue is excluded; if not, it stays with whoever verifies.

    Raises:
        ClueNotFound, PreconditionRequired, PreconditionFailed: as they say.
        NoExclusion: no verification waits for a second person.
        SecondPersonNeeded: the caller reported or verified the clue, or is named among those who visited.
        ExclusionsCapped: the township's number of the day is used up.
    """
    clue = await service.locked_clue(session, principal, clue_id)
    require_match(if_match, clue.version)
    if clue.exclusion_id is None or ClueState(clue.state) is not ClueState.VERIFYING:
        raise problems.NoExclusion(f"the clue is {clue.state}, and no exclusion waits", state=clue.state)
    record = await steps.verification(session, clue.exclusion_id)
    if principal.actor in await steps.hands_on(session, clue.id):
        raise problems.SecondPersonNeeded("who reported or verified the clue does not confirm its exclusion")
    now = clock.now()
    decision = ExclusionDecision(
        verification_id=record.id,
        clue_id=clue.id,
        town_code=town_of(clue.area_code),
        agrees=agrees,
        note=note.strip(),
        decided_by=principal.actor,
        decided_at=now,
    )
    if not agrees:
        clue.exclusion_id = None
        session.add(decision)
        await steps.touch_clue(session, clue, now)
        return
    number = await caps.take_one(session, clue, ClueState.EXCLUDED)
    session.add(decision)
    await service.conclude(session, clue, record, also=[number] if number else [])
