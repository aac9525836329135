"""Announcing duties: what is announced is remembered with it, so that nothing is said twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import Duty
from contracts.registry import RegistryDutyClosed, RegistryDutyOpened
from registry.checked import Checked, duty_of
from registry.duties import store
from registry.duty import Ground, Known, Said, changes
from servicekit import clock, outbox
from servicekit.failpoints import failpoint_async

Change = tuple[Ground, Said, int]


async def known_of_episodes(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, dict[str, Known]]:
    """Give what was announced of the duties of episodes, by episode and duty."""
    known: dict[UUID, dict[str, Known]] = {episode_id: {} for episode_id in ids}
    for row in await store.of_episodes(session, ids):
        known[row.episode_id][row.id] = Known(row.revision, row.is_open, row.said)
    return known


async def known_of_kind(session: AsyncSession, kind: str, of: str = "") -> dict[str, Known]:
    """Give what was announced of the duties of a kind that hang on no episode, locked.

    Args:
        of: What their ids go on with after the kind.
    """
    rows = await store.of_no_episode(session, f"{kind}-{of}")
    return {row.id: Known(row.revision, row.is_open, row.said) for row in rows}


async def known_of(session: AsyncSession, duty_ids: Sequence[str]) -> dict[str, Known]:
    """Give what was announced of these duties, locked."""
    return {row.id: Known(row.revision, row.is_open, row.said) for row in await store.of_ids(session, duty_ids)}


async def announce(session: AsyncSession, changed: Sequence[Change]) -> None:
    """Announce duties with their revisions, as `duty.changes` gives them."""
    if not changed:
        return
    await store.keep(session, [_row(*change) for change in changed])
    await outbox.add(session, [_event(*change) for change in changed])
    await failpoint_async("registry.duties_announced")


async def follow_checked(session: AsyncSession, found: Sequence[tuple[Checked, int]]) -> None:
    """Announce what changed in the duties of looking into findings: each with the days that it has."""
    known = await known_of(session, [each.duty_id for each, _ in found])
    changed: list[Change] = []
    for each, days in found:
        ground, said = duty_of(each, days)
        before = {each.duty_id: known[each.duty_id]} if each.duty_id in known else {}
        changed += [(ground, *one) for one in changes(ground, [said], before, today=clock.today())]
    await announce(session, changed)


def _row(ground: Ground, said: Said, revision: int) -> dict[str, Any]:
    return {
        "id": said.duty_id,
        "episode_id": ground.episode_id,
        "revision": revision,
        "is_open": said.outcome is None,
        "said": ground.content(said),
    }


def _event(ground: Ground, said: Said, revision: int) -> Duty:
    facts = {
        "duty_id": said.duty_id,
        "revision": revision,
        "kind": said.kind,
        "subject_id": said.subject_id or ground.subject_id,
        "household_id": ground.household_id,
        "area_code": ground.area_code,
        "department": said.department,
        "person_id": said.person_id,
        "counts_from": said.counts_from,
        "due_on": said.due_on,
        "unit": said.unit,
        "is_estimate": said.is_estimate,
        "pauses": said.pauses,
    }
    if said.outcome is None:
        return RegistryDutyOpened.model_validate(facts)
    return RegistryDutyClosed.model_validate(facts | {"outcome": said.outcome, "closed_on": said.closed_on})
