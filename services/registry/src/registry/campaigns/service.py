"""Use cases of campaigns: opened by the county, a task a household, results, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import lineage
from contracts.vocabulary import ContactOutcome
from registry.campaigns import duties, rules, store
from registry.campaigns.duties import follow_job, follow_villages
from registry.campaigns.problems import CampaignCancelled, CampaignInvalid, CampaignNotFound, CampaignOverlaps
from registry.campaigns.rules import UNDONE, Standing
from registry.campaigns.schemas import (
    CampaignCancel,
    CampaignIn,
    CampaignOut,
    CampaignPage,
    CampaignQuery,
    CoverageOut,
    CoverageQuery,
    CoverageRow,
    TaskOut,
    TaskQuery,
)
from registry.campaigns.store import HeldTask
from registry.campaigns.tables import Campaign
from registry.households import service as households
from registry.shares import percent
from servicekit import areas, clock, ids, locks
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.paging import encode_cursor

__all__ = [
    "CampaignCancelled", "CampaignNotFound", "HeldTask", "Result", "follow_job", "follow_villages", "hold_task", "take",
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a visit found, and which contact says so."""

    outcome: ContactOutcome
    has_risks: bool
    happened_on: date
    contact_id: str


async def open_campaign(session: AsyncSession, principal: Principal, body: CampaignIn) -> CampaignOut:
    """Open a campaign: every household that it concerns has a task, and every village of them a duty.

    Raises:
        OutsideArea
        CampaignInvalid: days that do not go together, or no such area.
        CampaignOverlaps
    """
    principal.require_area(body.area_code)
    faults = rules.day_faults(body.from_on, body.until_on, clock.today())
    if not await store.area_is_valid(session, body.area_code):
        faults.append(rules.fault("area_code.unknown", "/area_code"))
    if faults:
        raise CampaignInvalid("days or area do not go together", errors=faults)
    await locks.lock_on(session, locks.LockOn.CAMPAIGNS, body.kind.value)
    other = await store.overlapping(session, body.kind.value, body.area_code, body.from_on, body.until_on)
    if other is not None:
        raise CampaignOverlaps("another campaign of this kind runs there", campaign_id=str(other))
    campaign = Campaign(
        id=UUID(ids.new_id()),
        **body.model_dump() | {"kind": body.kind.value},
        opened_at=clock.now(),
        opened_by=principal.actor,
    )
    session.add(campaign)
    await session.flush()
    await store.follow_households(session, campaign, clock.today())
    await duties.follow(session, campaign)
    await _follow_county(session, campaign)
    return await show(session, principal, campaign.id)


async def cancel(session: AsyncSession, principal: Principal, campaign_id: UUID, body: CampaignCancel) -> CampaignOut:
    """Cancel a campaign that was opened by mistake; what was told stays, its duties are nobody's any more.

    Raises:
        CampaignNotFound: none whose whole area is the caller's.
        CampaignCancelled
    """
    campaign = await store.get(session, campaign_id, lock=True)
    if campaign is None or not principal.covers(campaign.area_code):
        raise CampaignNotFound("no such campaign within your areas")
    if campaign.cancelled_at is not None:
        raise CampaignCancelled("it was cancelled before")
    campaign.cancelled_at, campaign.cancelled_by = clock.now(), principal.actor
    campaign.cancelled_why = body.reason
    await session.flush()
    await duties.follow(session, campaign)
    await _follow_county(session, campaign)
    return await show(session, principal, campaign_id)


async def _follow_county(session: AsyncSession, campaign: Campaign) -> None:
    if areas.level_of(campaign.area_code) == "county":
        await duties.follow_county(session, campaign.area_code)


def _visible(principal: Principal) -> tuple[str, dict[str, Any]]:
    """Give the condition of campaigns that meet the caller's areas: within them, or around them."""
    clause, values = principal.area_clause("c.area_code", IN_ANY_GRID)
    above = sorted({code for root in principal.areas for code in lineage(root)})
    return f"({clause} OR c.area_code = ANY(CAST(:above AS text[])))", {**values, "above": above}


async def page(
    session: AsyncSession, principal: Principal, wanted: CampaignQuery, after: Sequence[str] | None
) -> CampaignPage:
    """Give a page of the campaigns that meet the caller's areas, newest first.

    Raises:
        OutsideArea
    """
    clause, values = _visible(principal.within(wanted.area))
    conditions = [clause]
    if wanted.kind is not None:
        conditions.append("c.kind = :kind")
        values["kind"] = wanted.kind.value
    values |= {"today": clock.today(), "state": wanted.state}
    values |= {"after": after[0] if after else None, "limit": wanted.limit + 1}
    rows, total = await store.page(session, conditions, values)
    items = [CampaignOut.model_validate(row) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None
    return CampaignPage(items=items, total=total, next_cursor=cursor)


async def show(session: AsyncSession, principal: Principal, campaign_id: UUID) -> CampaignOut:
    """Give a campaign that meets the caller's areas.

    Raises:
        CampaignNotFound
    """
    clause, values = _visible(principal)
    values |= {"id": campaign_id, "today": clock.today(), "state": None, "after": None, "limit": 1}
    rows, _ = await store.page(session, [clause, "c.id = :id"], values)
    for row in rows:
        return CampaignOut.model_validate(row)
    raise CampaignNotFound("no such campaign within your areas")


async def _require(session: AsyncSession, principal: Principal, campaign_id: UUID) -> Campaign:
    await show(session, principal, campaign_id)
    campaign = await store.get(session, campaign_id)
    if campaign is None:
        raise CampaignNotFound("no such campaign within your areas")
    return campaign


async def tasks(
    session: AsyncSession, principal: Principal, campaign_id: UUID, wanted: TaskQuery, after: Sequence[str] | None
) -> tuple[list[TaskOut], int, str | None]:
    """Give a page of a campaign's tasks of the caller's households, how many there are, and where the next one begins.

    Raises:
        CampaignNotFound, OutsideArea
    """
    campaign = await _require(session, principal, campaign_id)
    clause, bounds = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], dict[str, Any](bounds)
    if wanted.grid is not None:
        conditions.append("h.grid = :grid")
        values["grid"] = wanted.grid
    if wanted.state is not None:
        conditions.append("t.state = :state")
        values["state"] = wanted.state.value
    if wanted.undone is not None:
        conditions.append("(t.state = ANY(CAST(:undone AS text[]))) = :is_undone")
        values |= {"undone": [state.value for state in UNDONE], "is_undone": wanted.undone}
    values |= {"after_area": after[0] if after else None, "after": after[1] if after else None}
    rows, total = await store.task_page(session, campaign, conditions, values | {"limit": wanted.limit + 1})
    items = [TaskOut.model_validate(dict(row)) for row in rows[: wanted.limit]]
    last = items[-1] if len(rows) > wanted.limit else None
    return items, total, encode_cursor([last.area_code, last.household_id]) if last else None


async def coverage(
    session: AsyncSession, principal: Principal, campaign_id: UUID, wanted: CoverageQuery
) -> CoverageOut:
    """Give how far the caller's areas have come, in order of their codes, and all of them together.

    Raises:
        CampaignNotFound, OutsideArea
    """
    campaign = await _require(session, principal, campaign_id)
    clause, bounds = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    rows = await store.coverage(session, campaign, [clause], bounds, wanted.by)
    counted = [CoverageRow(**row, percent=percent(row["visited"], row["due"])) for row in rows]
    return CoverageOut(items=counted[:-1], total=counted[-1])


async def hold_task(
    session: AsyncSession, principal: Principal, campaign_id: UUID, household: households.Household
) -> HeldTask | None:
    """Give the task of a household of the caller, locked; None where the campaign does not concern it.

    Raises:
        CampaignNotFound, CampaignCancelled
    """
    campaign = await _require(session, principal, campaign_id)
    if campaign.cancelled_at is not None:
        raise CampaignCancelled("it was cancelled")
    return await store.hold_task(session, campaign, household.id, clock.today())


async def take(session: AsyncSession, task: HeldTask, result: Result, village: str) -> None:
    """Let a result of a household's task count, if none outweighs it; the last one ends the duty."""
    state = rules.state_of(result.outcome, has_risks=result.has_risks)
    told = Standing(state, result.happened_on, result.contact_id)
    await store.take(session, task, rules.standing(task.standing, told))
    await duties.follow_result(session, task.campaign, village)
