"""Event edge of clues: findings of the comparison; households, areas, policy, episodes and visits of the registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import following, reports, service, steps, store
from alerts.clues.folding import Source, numeric_facts
from alerts.directory import service as directory
from alerts.feed import service as feed
from alerts.subscriptions import service as subscriptions
from contracts.envelope import CloudEvent
from contracts.registry import (
    AreaChanged,
    EndingsCapReached,
    EpisodeMoved,
    HouseholdSnapshotTaken,
    PolicyProfileActivated,
    VisitRisksReported,
)
from contracts.sharing import FindingRaised, FindingWithdrawn
from contracts.vocabulary import Channel, RiskType
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id

Finding = FindingRaised | FindingWithdrawn
VisitHandler = Callable[[AsyncSession, Sequence[CloudEvent[VisitRisksReported]]], Awaitable[None]]

_LARGE = 100  # findings from which on fresh plans are worth their making


def finding_handler(patience_s: float) -> Callable[[AsyncSession, Sequence[CloudEvent[Finding]]], Awaitable[None]]:
    """Give the handler of the finding topic; see `AlertsSettings.directory_patience_s`."""

    async def on_findings(session: AsyncSession, events: Sequence[CloudEvent[Finding]]) -> None:
        if len(events) >= _LARGE:
            await store.plan_afresh(session)
        raised: dict[str, FindingRaised] = {}
        withdrawn: dict[str, FindingWithdrawn] = {}
        for event in events:
            if isinstance(event.data, FindingRaised):
                if event.data.risk_type is RiskType.DATA:
                    continue  # questionable data are for the department that owns them, not for a township
                raised[event.data.finding_id] = event.data
                withdrawn.pop(event.data.finding_id, None)
            else:
                withdrawn[event.data.finding_id] = event.data
        await directory.wait_until_known(session, {finding.household_id for finding in raised.values()}, patience_s)
        # A withdrawn finding names no area; a household that is new here gets the nation's code until its snapshot.
        areas = {finding.household_id: "0" * 12 for finding in withdrawn.values()}
        areas |= {finding.household_id: finding.area_code for finding in raised.values()}
        records = [_record(finding) for finding in raised.values()]
        await service.take_findings(session, records, [_gone(item) for item in withdrawn.values()], areas)

    return on_findings


def visit_handler(patience_s: float) -> VisitHandler:
    """Give the handler of the topic of visits; see `AlertsSettings.directory_patience_s`."""

    async def on_visits(session: AsyncSession, events: Sequence[CloudEvent[VisitRisksReported]]) -> None:
        visits = {event.data.visit_id: event.data for event in events}.values()
        await directory.wait_until_known(session, {visit.household_id for visit in visits}, patience_s)
        await reports.take_visits(session, list(visits))

    return on_visits


async def on_households(session: AsyncSession, events: Sequence[CloudEvent[HouseholdSnapshotTaken]]) -> None:
    """Keep the newest snapshot of each household; its clues go along."""
    newest: dict[str, HouseholdSnapshotTaken] = {}
    for event in events:
        known = newest.get(event.data.household_id)
        if known is None or known.version < event.data.version:
            newest[event.data.household_id] = event.data
    await subscriptions.publish(session, await following.follow_households(session, list(newest.values())))
    await failpoint_async("alerts.directory_applied")


async def on_areas(session: AsyncSession, events: Sequence[CloudEvent[AreaChanged]]) -> None:
    """Keep the names of areas; subscriptions to one that went into others cover those too."""
    newest = {event.data.area_code: event.data for event in events}
    await directory.keep_areas(session, newest.values())
    for area in newest.values():
        if area.successors:
            await subscriptions.follow_area(session, area.area_code, area.successors)


async def on_policies(session: AsyncSession, events: Sequence[CloudEvent[PolicyProfileActivated]]) -> None:
    """Keep the policy profiles; severities and due dates of open clues follow them."""
    profiles = {(event.data.region, event.data.version): event.data for event in events}
    await subscriptions.publish(session, await following.follow_policies(session, profiles.values()))


async def on_episodes(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep the newest state of each episode and attach it to its clues; a township's cap of endings is an alert."""
    moved = [event.data for event in events if isinstance(event.data, EpisodeMoved)]
    in_order = sorted(moved, key=lambda episode: episode.sequence)
    newest = list({episode.episode_id: episode for episode in in_order}.values())
    await directory.lock(session, {episode.household_id: episode.area_code for episode in newest})
    await directory.keep_episodes(session, newest)
    await steps.attach_episodes(session, newest)
    await failpoint_async("alerts.episodes_attached")
    capped = [_cap(event.data, event.time) for event in events if isinstance(event.data, EndingsCapReached)]
    await subscriptions.publish(session, capped)


def _cap(reached: EndingsCapReached, at: datetime) -> feed.NewCap:
    return feed.NewCap(
        capped=reached.capped,
        household_id=reached.household_id,
        area_code=reached.area_code,
        reached_on=reached.ended_on,
        number=reached.endings,
        raised_at=at,
        link=f"/v1/episodes?area={reached.town_code}",
    )


def _gone(finding: FindingWithdrawn) -> tuple[str, str, datetime]:
    return finding.finding_id, finding.run_id, finding.withdrawn_at


def _record(finding: FindingRaised) -> service.SourceRecord:
    numbers = numeric_facts(finding.evidence)
    return service.SourceRecord(
        source=Source(
            id=new_id(),
            household_id=finding.household_id,
            area_code=finding.area_code,
            risk_type=finding.risk_type.value,
            severity=finding.severity,
            channel=Channel.DEPARTMENT,
            finding_id=finding.finding_id,
            rule_id=finding.rule_id,
            person_id=finding.person_id,
            period=finding.period,
            numbers=numbers,
            is_policy_gap=finding.is_policy_gap,
        ),
        found_at=finding.found_at,
        rule_version=finding.rule_version,
        evidence=orjson.dumps(finding.evidence, default=str).decode(),
        numbers=orjson.dumps(numbers).decode(),
        fact_names=orjson.dumps(finding.fact_names).decode(),
        parameters=orjson.dumps(finding.parameters, default=str).decode(),
        text=orjson.dumps(finding.text).decode() if finding.text else None,
        profile_version=finding.profile_version,
        deliveries=finding.deliveries,
        department=finding.department,
    )
