"""Duties of episodes: what their state implies is compared with what was announced, and the difference is announced.

So a step, a plan, a measure, an import, a changed policy and a release that knows another kind all do the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState, LabourLevel
from registry.duties import service as announced
from registry.duty import REPLANS, Ground, Said, changes
from registry.episodes.channels import IS_OPENED
from registry.episodes.deadlines import Case, Taken, duties_of, title_of
from registry.episodes.schemas import DeadlineOut
from registry.episodes.steps import STEPS
from registry.household import labour_class
from registry.plans import service as plans
from registry.policy import service as policy
from servicekit import clock
from servicekit.db import Database

log = structlog.get_logger(__name__)

_BATCH = 500
_ABLE = ", ".join(f"'{level}'" for level in LabourLevel if labour_class([level]) == "capable")
_LOOKING_BACK = (EpisodeState.ELIMINATED, EpisodeState.LOOKED_BACK)
_OPEN = f"(e.is_active OR e.state IN {tuple(state.value for state in _LOOKING_BACK)})"

_CASES = f"""
SELECT e.id, e.id::text AS episode_id, e.household_id::text AS household_id, h.village_code AS area_code, e.origin,
    e.state, e.is_active, e.found_on, e.identify_due_on, e.identified_on, e.eliminated_on,
    CAST(e.created_at AT TIME ZONE 'Asia/Shanghai' AS date) AS taken_on,
    (SELECT max(s.occurred_on) FROM episode_step s WHERE s.episode_id = e.id) AS ended_on,
    EXISTS (SELECT FROM person p WHERE p.household_id = e.household_id AND p.is_active AND p.labour IN ({_ABLE}))
        AS can_work,
    {IS_OPENED} AS is_green,
    ARRAY(SELECT s.occurred_on FROM episode_step s
          WHERE s.episode_id = e.id AND s.state = '{EpisodeState.LOOKED_BACK}' AND s.sequence > (
              SELECT max(x.sequence) FROM episode_step x
              WHERE x.episode_id = e.id AND x.state = '{EpisodeState.ELIMINATED}')
          ORDER BY s.sequence) AS looked_back,
    (SELECT jsonb_agg(jsonb_build_array(s.state, s.previous_state, s.occurred_on) ORDER BY s.sequence)
     FROM episode_step s WHERE s.episode_id = e.id AND e.identify_due_on IS NOT NULL) AS steps
FROM episode e JOIN household h ON h.id = e.household_id WHERE e.id IN ({{source}}) ORDER BY e.id
"""
_NEXT = f"""
SELECT e.id, e.household_id FROM episode e WHERE {_OPEN} AND e.id > :after ORDER BY e.id LIMIT :limit
"""
_LOCK = """
SELECT count(*) FROM (SELECT FROM household WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE) locked
"""


async def of(session: AsyncSession, episode_id: UUID) -> list[Said]:
    """Give the duties of an episode as they are now, those that were done included."""
    row = (await session.execute(text(_CASES.format(source=":id")), {"id": episode_id})).mappings().one()
    profile = await policy.parameters_for(session, row["area_code"], clock.today())
    return duties_of(_case(row, await plans.progress(session, episode_id)), profile)


async def follow(session: AsyncSession, source: str, values: Mapping[str, Any]) -> int:
    """Announce what has changed in the duties of the episodes that a SELECT of ids names; give how many did.

    The caller holds the locks of their households.
    """
    rows = (await session.execute(text(_CASES.format(source=source)), values)).mappings().all()
    if not rows:
        return 0
    ids = [row["id"] for row in rows]
    progress = await plans.progress_of(session, ids)
    known = await announced.known_of_episodes(session, ids)
    profiles: dict[str, Profile] = {}
    changed: list[announced.Change] = []
    for row in rows:
        area = row["area_code"]
        if area not in profiles:
            profiles[area] = await policy.parameters_for(session, area, clock.today())
        case = _case(row, progress[row["id"]])
        ground = Ground(case.episode_id, case.area_code, case.household_id, case.episode_id)
        wanted = duties_of(case, profiles[area])
        found = changes(ground, wanted, known[row["id"]], today=clock.today())
        changed += [(ground, said, revision) for said, revision in found]
    await announced.announce(session, changed)
    return len(changed)


def _case(row: RowMapping, help_: plans.Progress) -> Case:
    state = EpisodeState(row["state"])
    facts = {name: row[name] for name in Case.__dataclass_fields__ if name in row}
    facts |= {
        "looked_back": tuple(row["looked_back"]),
        "is_monitored": STEPS[state].monitors and row["is_active"],
        "looks_back": state in _LOOKING_BACK,
        "plan_on": help_.plan_made_on,
        "first_on": help_.first_on,
        "development_on": help_.development_on,
        "promised": help_.promised,
        "steps": tuple(Taken(state, before, date.fromisoformat(on)) for state, before, on in row["steps"] or ()),
    }
    return Case(**facts)


def deadlines_of(said: Sequence[Said], today: date) -> list[DeadlineOut]:
    """Give duties as an episode shows them; those that were cancelled, and what is to be planned anew, are left out."""
    return [_deadline(duty, today) for duty in said if duty.outcome != "cancelled" and duty.kind not in REPLANS]


def _deadline(duty: Said, today: date) -> DeadlineOut:
    done_on = duty.closed_on if duty.outcome == "done" else None
    return DeadlineOut(
        code=duty.kind,
        title=title_of(duty.kind),
        due_on=duty.due_on,
        done_on=done_on,
        is_overdue=(done_on or today) > duty.due_on and not duty.is_paused,
        is_estimate=duty.is_estimate,
    )


def sweep_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that follows every open episode: those of a release before, and a changed policy."""

    async def sweep_duties() -> None:
        after, changed = "00000000-0000-0000-0000-000000000000", 0
        while True:
            async with database.transaction() as session:
                rows = (await session.execute(text(_NEXT), {"after": after, "limit": _BATCH})).all()
                if rows:
                    await session.execute(text(_LOCK), {"ids": sorted({row.household_id for row in rows})})
                    ids = [row.id for row in rows]
                    changed += await follow(session, "SELECT unnest(CAST(:ids AS uuid[]))", {"ids": ids})
            if len(rows) < _BATCH:
                break
            after = str(rows[-1].id)
        if changed:
            log.info("duties.swept", changed=changed)

    return sweep_duties
