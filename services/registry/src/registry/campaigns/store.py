"""Queries of campaigns and their tasks. Set-based: one of 300,000 households is opened in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.vocabulary import CampaignKind, CampaignTaskState
from registry.campaigns.rules import KINDS, UNDONE, Begun, Standing
from registry.campaigns.tables import Campaign
from registry.duty import Tally
from registry.households.service import path_of
from servicekit import areas
from servicekit.db import any_of, array_text
from servicekit.event_sql import Fields, json_object

_STATE = """CASE WHEN c.cancelled_at IS NOT NULL THEN 'cancelled' WHEN c.from_on > :today THEN 'ahead'
    WHEN c.until_on < :today THEN 'over' ELSE 'running' END"""
_SHOWN: Fields = {name: f"c.{name}" for name in Campaign.model_fields} | {"state": _STATE}
_UNDONE = f"t.state IN ({', '.join(repr(state.value) for state in UNDONE)})"

_COME = """
INSERT INTO campaign_task (campaign_id, household_id, state, visits)
SELECT CAST(:campaign AS uuid), h.id, 'open', 0 FROM household h
WHERE {concerned} AND NOT EXISTS (
    SELECT FROM campaign_task t WHERE t.campaign_id = CAST(:campaign AS uuid) AND t.household_id = h.id)
ON CONFLICT DO NOTHING
"""
_BACK = """
UPDATE campaign_task t SET left_on = NULL FROM household h
WHERE t.campaign_id = CAST(:campaign AS uuid) AND t.left_on IS NOT NULL AND h.id = t.household_id AND {concerned}
"""
_LEFT = f"""
UPDATE campaign_task t SET left_on = :today FROM household h
WHERE t.campaign_id = CAST(:campaign AS uuid) AND t.left_on IS NULL AND {_UNDONE} AND h.id = t.household_id
  AND NOT ({{concerned}})
"""
_TASKS = """
campaign_task t JOIN household h ON h.id = t.household_id
WHERE t.campaign_id = CAST(:campaign AS uuid) AND t.left_on IS NULL
  AND h.village_code >= :campaign_low AND h.village_code < :campaign_high
"""
_TALLY = f"""
SELECT h.village_code AS village, count(*) AS due, count(*) FILTER (WHERE {_UNDONE}) AS waiting,
    max(t.happened_on) AS last_on
FROM {_TASKS} AND (NOT :some OR h.village_code = {any_of("villages")}) GROUP BY 1 ORDER BY 1
"""
_COUNTS = """count(*) AS due, count(*) FILTER (WHERE t.state IN ('no_risk', 'risk_found')) AS visited,
    count(*) FILTER (WHERE t.state = 'risk_found') AS risk_found, count(*) FILTER (WHERE t.state = 'absent') AS absent,
    count(*) FILTER (WHERE t.state = 'refused') AS refused, count(*) FILTER (WHERE t.state = 'open') AS open"""
_DIGITS = {"village": 12, "town": 9, "county": 6}


@dataclass(frozen=True)
class HeldTask:
    """A household's task, locked, and the campaign it belongs to."""

    campaign: Campaign
    household_id: UUID
    standing: Standing

    @property
    def campaign_id(self) -> UUID:
        """Give the campaign's id."""
        return self.campaign.id

    @property
    def from_on(self) -> date:
        """Give the campaign's first day."""
        return self.campaign.from_on

    @property
    def is_sweep(self) -> bool:
        """Tell whether the campaign is a sweep: what it finds has a channel of its own."""
        return self.campaign.kind == CampaignKind.SWEEP


def _of(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    """Give the condition that a campaign concerns a household `h`, and the parameters of every statement about it."""
    low, high = areas.range_of(campaign.area_code)
    concerned = f"h.village_code >= :campaign_low AND h.village_code < :campaign_high AND {_concerns(campaign)}"
    return concerned, {"campaign": str(campaign.id), "campaign_low": low, "campaign_high": high}


def _concerns(campaign: Campaign) -> str:
    return KINDS[CampaignKind(campaign.kind)].concerns


async def area_is_valid(session: AsyncSession, code: str) -> bool:
    """Tell whether there is an area of this code that was not closed."""
    found = await session.execute(text("SELECT FROM area WHERE code = :code AND valid_to IS NULL"), {"code": code})
    return found.first() is not None


async def get(session: AsyncSession, campaign_id: UUID, *, lock: bool = False) -> Campaign | None:
    """Give a campaign, or None; fresh from the database."""
    query = select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    if lock:  # results go on: a task that they make needs the campaign's key only
        query = query.with_for_update(key_share=True)
    return (await session.execute(query)).scalar_one_or_none()


async def overlapping(session: AsyncSession, kind: str, area_code: str, from_on: date, until_on: date) -> UUID | None:
    """Give a campaign of the kind that runs in these days in the area, in a part of it or in all around it."""
    found = await session.execute(
        select(Campaign)
        .where(Campaign.kind == kind, col(Campaign.cancelled_at).is_(None))
        .where(col(Campaign.from_on) <= until_on, col(Campaign.until_on) >= from_on)
        .order_by(col(Campaign.id))
    )
    return next(
        (
            each.id
            for each in found.scalars()
            if areas.is_within(each.area_code, area_code) or areas.is_within(area_code, each.area_code)
        ),
        None,
    )


async def page(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], int]:
    """Give campaigns, newest first, and how many there are; `:today`, `:state` or null, `:after` or null, `:limit`."""
    asked = f"CAST(:state AS text) IS NULL OR {_STATE} = CAST(:state AS text)"
    source = f"campaign c WHERE {' AND '.join([*conditions, f'({asked})'])}"
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(values))
    rows = await session.execute(
        text(
            f"SELECT {json_object(_SHOWN)} FROM {source}"
            " AND (CAST(:after AS uuid) IS NULL OR c.id < CAST(:after AS uuid)) ORDER BY c.id DESC LIMIT :limit"
        ),
        dict(values),
    )
    return list(rows.scalars()), int(count.scalar_one())


async def follow_households(session: AsyncSession, campaign: Campaign, today: date) -> None:
    """Give newcomers their tasks while the campaign runs; who is concerned no more, and was not visited, leaves."""
    concerned, values = _of(campaign)
    if today <= campaign.until_on:
        await session.execute(text(_COME.format(concerned=concerned)), values)
        await session.execute(text(_BACK.format(concerned=concerned)), values)
    await session.execute(text(_LEFT.format(concerned=concerned)), values | {"today": today})


async def tallies(session: AsyncSession, campaign: Campaign, villages: Sequence[str] | None) -> list[Tally]:
    """Give how far each village has come, or each of some."""
    _, values = _of(campaign)
    values |= {"some": villages is not None, "villages": array_text(villages or ())}
    return [Tally(**row) for row in (await session.execute(text(_TALLY), values)).mappings()]


async def hold_task(session: AsyncSession, campaign: Campaign, household_id: UUID, today: date) -> HeldTask | None:
    """Give the task of a household, locked; one that came since the households were looked at gets it now."""
    concerned, values = _of(campaign)
    values["household"] = str(household_id)
    if today <= campaign.until_on:
        one = f"h.id = CAST(:household AS uuid) AND {concerned}"
        await session.execute(text(_COME.format(concerned=one)), values)
    found = await session.execute(
        text(
            "SELECT state, happened_on, contact_id::text FROM campaign_task"
            " WHERE campaign_id = CAST(:campaign AS uuid) AND household_id = CAST(:household AS uuid) FOR UPDATE"
        ),
        values,
    )
    row = found.one_or_none()
    if row is None:
        return None
    known = Standing(CampaignTaskState(row.state), row.happened_on, row.contact_id or "")
    return HeldTask(campaign, household_id, known)


async def take(session: AsyncSession, task: HeldTask, stands: Standing) -> None:
    """Keep which result stands, and that one more was told; a household that was visited counts, even if it left."""
    await session.execute(
        text(
            "UPDATE campaign_task t SET visits = t.visits + 1, state = :state, happened_on = :happened_on,"
            " contact_id = CAST(:contact_id AS uuid), left_on = CASE WHEN :is_undone THEN t.left_on END"
            " WHERE t.campaign_id = :campaign AND t.household_id = :household"
        ),
        asdict(stands)
        | {"state": stands.state.value, "is_undone": stands.state in UNDONE}
        | {"campaign": task.campaign_id, "household": task.household_id},
    )


async def task_page(
    session: AsyncSession, campaign: Campaign, conditions: Sequence[str], values: Mapping[str, Any]
) -> tuple[Sequence[Any], int]:
    """Give tasks by village and household, and how many there are; `:after_area` and `:after` or null, `:limit`."""
    _, own = _of(campaign)
    source = " AND ".join([_TASKS, *conditions])
    parameters = own | dict(values)
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), parameters)
    rows = await session.execute(
        text(
            "SELECT t.household_id::text AS household_id, h.hh_no, h.village_code AS area_code, h.grid, t.state,"
            f" t.visits, t.happened_on, t.contact_id::text AS contact_id FROM {source}"
            " AND (CAST(:after AS uuid) IS NULL OR (h.village_code, h.id) > (:after_area, CAST(:after AS uuid)))"
            " ORDER BY h.village_code, h.id LIMIT :limit"
        ),
        parameters,
    )
    return rows.mappings().all(), int(count.scalar_one())


async def coverage(
    session: AsyncSession, campaign: Campaign, conditions: Sequence[str], values: Mapping[str, Any], by: str
) -> Sequence[Any]:
    """Give the counts of each area of a level, in order of their codes; null is all of them together."""
    _, own = _of(campaign)
    source = " AND ".join([_TASKS, *conditions])
    result = await session.execute(
        text(
            f"SELECT n.*, {path_of('n.area_code')} AS area_path FROM ("
            f"SELECT rpad(left(h.village_code, {_DIGITS[by]:d}), 12, '0') AS area_code, {_COUNTS} FROM {source}"
            " GROUP BY ROLLUP (1)) n ORDER BY n.area_code NULLS LAST"
        ),
        own | dict(values),
    )
    return result.mappings().all()


async def followed(session: AsyncSession, today: date, since: date) -> list[UUID]:
    """Give campaigns that were not cancelled and run, or were over not before a day."""
    found = await session.execute(
        select(Campaign.id)
        .where(col(Campaign.cancelled_at).is_(None), col(Campaign.until_on) >= min(today, since))
        .order_by(col(Campaign.id))
    )
    return list(found.scalars())


async def begun(session: AsyncSession, county: str) -> tuple[Begun, ...]:
    """Give the campaigns that cover a county, none that was cancelled."""
    found = await session.execute(
        select(Campaign).where(col(Campaign.cancelled_at).is_(None)).order_by(col(Campaign.id))
    )
    return tuple(
        Begun(CampaignKind(each.kind), each.from_on)
        for each in found.scalars()
        if areas.is_within(county, each.area_code)
    )


async def concerned(session: AsyncSession, county: str) -> frozenset[CampaignKind]:
    """Give the kinds that concern households of a county."""
    low, high = areas.range_of(county)
    columns = ", ".join(
        f"EXISTS (SELECT FROM household h WHERE h.village_code >= :low AND h.village_code < :high AND {kind.concerns})"
        f" AS {name.value}"
        for name, kind in KINDS.items()
    )
    row = (await session.execute(text(f"SELECT {columns}"), {"low": low, "high": high})).mappings().one()
    return frozenset(kind for kind in KINDS if row[kind.value])
