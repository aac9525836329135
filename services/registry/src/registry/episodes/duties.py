"""Duties of episodes: what their state implies is compared with what was announced, and the difference is announced.

So a step, a plan, a measure, an import, a changed policy and a release that knows another kind all do the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import Duty
from contracts.parameters import Profile
from contracts.registry import RegistryDutyClosed, RegistryDutyOpened
from contracts.vocabulary import EpisodeState, LabourLevel
from registry.episodes.deadlines import Case, Said, duties_of
from registry.episodes.steps import STEPS
from registry.household import labour_class
from registry.plans import service as plans
from registry.policy import service as policy
from servicekit import clock, outbox
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
    ARRAY(SELECT s.occurred_on FROM episode_step s
          WHERE s.episode_id = e.id AND s.state = '{EpisodeState.LOOKED_BACK}' AND s.sequence > (
              SELECT max(x.sequence) FROM episode_step x
              WHERE x.episode_id = e.id AND x.state = '{EpisodeState.ELIMINATED}')
          ORDER BY s.sequence) AS looked_back
FROM episode e JOIN household h ON h.id = e.household_id WHERE e.id IN ({{source}}) ORDER BY e.id
"""
_SAID = "SELECT id, episode_id, revision, is_open, said FROM duty_said WHERE episode_id = ANY(CAST(:ids AS uuid[]))"
_KEEP = """
INSERT INTO duty_said AS d (id, episode_id, revision, is_open, said)
SELECT id, episode_id, revision, is_open, said
FROM jsonb_populate_recordset(CAST(NULL AS duty_said), CAST(:rows AS jsonb))
ORDER BY id ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, is_open = excluded.is_open,
    said = excluded.said
"""
_NEXT = f"""
SELECT e.id, e.household_id FROM episode e WHERE {_OPEN} AND e.id > :after ORDER BY e.id LIMIT :limit
"""
_LOCK = """
SELECT count(*) FROM (SELECT FROM household WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE) locked
"""


@dataclass(frozen=True)
class _Known:
    revision: int
    is_open: bool
    said: dict[str, Any]


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
    known: dict[Any, dict[str, _Known]] = {}
    for row in (await session.execute(text(_SAID), {"ids": ids})).mappings():
        known.setdefault(row["episode_id"], {})[row["id"]] = _Known(row["revision"], row["is_open"], row["said"])
    profiles: dict[str, Profile] = {}
    changed: list[tuple[Case, Said, int]] = []
    for row in rows:
        area = row["area_code"]
        if area not in profiles:
            profiles[area] = await policy.parameters_for(session, area, clock.today())
        case = _case(row, progress[row["id"]])
        changed += [(case, said, at) for said, at in _changes(case, profiles[area], known.get(row["id"], {}))]
    if changed:
        kept = [_row(case, said, revision) for case, said, revision in changed]
        await session.execute(text(_KEEP), {"rows": orjson.dumps(kept).decode()})
        await outbox.add(session, [_event(case, said, revision) for case, said, revision in changed])
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
    }
    return Case(**facts)


def _changes(case: Case, profile: Profile, known: Mapping[str, _Known]) -> list[tuple[Said, int]]:
    """Give the duties that are to be announced, with their revisions. What was over before it was ever said is not."""
    found: list[tuple[Said, int]] = []
    wanted = {said.duty_id: said for said in duties_of(case, profile)}
    for duty_id, said in wanted.items():
        before = known.get(duty_id)
        if before is None:
            if said.outcome is None:
                found.append((said, 1))
        elif before.said != _content(case, said):
            found.append((said, before.revision + 1))
    for duty_id, before in known.items():
        if before.is_open and duty_id not in wanted:
            gone = _again(duty_id, before.said)
            found.append((gone, before.revision + 1))
    return found


def _again(duty_id: str, said: Mapping[str, Any]) -> Said:
    """Give a duty whose ground is gone."""
    days = {name: date.fromisoformat(said[name]) for name in ("counts_from", "due_on")}
    return Said(
        duty_id=duty_id, kind=said["kind"], unit=said["unit"], is_estimate=said["is_estimate"], **days,
        outcome="cancelled", closed_on=clock.today(),
    )  # fmt: skip


def _content(case: Case, said: Said) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(orjson.dumps({**asdict(said), "household_id": case.household_id}))
    return content


def _row(case: Case, said: Said, revision: int) -> dict[str, Any]:
    return {
        "id": said.duty_id,
        "episode_id": case.episode_id,
        "revision": revision,
        "is_open": said.outcome is None,
        "said": _content(case, said),
    }


def _event(case: Case, said: Said, revision: int) -> Duty:
    facts = {
        "duty_id": said.duty_id,
        "revision": revision,
        "kind": said.kind,
        "subject_id": case.episode_id,
        "household_id": case.household_id,
        "area_code": case.area_code,
        "counts_from": said.counts_from,
        "due_on": said.due_on,
        "unit": said.unit,
        "is_estimate": said.is_estimate,
    }
    if said.outcome is None:
        return RegistryDutyOpened.model_validate(facts)
    return RegistryDutyClosed.model_validate(facts | {"outcome": said.outcome, "closed_on": said.closed_on})


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
