"""Event edge of clues: findings of the comparison, episodes of the registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import service, steps, store
from alerts.clues.folding import Source, numeric_facts
from alerts.directory import service as directory
from contracts.envelope import CloudEvent
from contracts.registry import EpisodeMoved
from contracts.sharing import FindingRaised, FindingWithdrawn
from contracts.vocabulary import Channel
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id

Finding = FindingRaised | FindingWithdrawn

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
                raised[event.data.finding_id] = event.data
                withdrawn.pop(event.data.finding_id, None)
            else:
                withdrawn[event.data.finding_id] = event.data
        await directory.wait_until_known(session, {finding.household_id for finding in raised.values()}, patience_s)
        # A withdrawn finding names no area; a household that is new here gets the nation's code until its snapshot.
        areas = {finding.household_id: "0" * 12 for finding in withdrawn.values()}
        areas |= {finding.household_id: finding.area_code for finding in raised.values()}
        households = await directory.lock(session, areas)
        # First what is stored already, so that it no longer counts; then what came and went within this batch.
        await service.withdraw(session, [_gone(item) for item in withdrawn.values()])
        if raised:
            await service.fold_records(session, [_record(finding) for finding in raised.values()], households)
        await service.withdraw(session, [_gone(item) for item in withdrawn.values() if item.finding_id in raised])

    return on_findings


async def on_episodes(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep the newest state of each episode and attach it to its clues."""
    moved = [event.data for event in events if isinstance(event.data, EpisodeMoved)]
    in_order = sorted(moved, key=lambda episode: episode.sequence)
    newest = list({episode.episode_id: episode for episode in in_order}.values())
    await directory.lock(session, {episode.household_id: episode.area_code for episode in newest})
    await directory.keep_episodes(session, newest)
    await steps.attach_episodes(session, newest)
    await failpoint_async("alerts.episodes_attached")


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
        ),
        found_at=finding.found_at,
        rule_version=finding.rule_version,
        evidence=orjson.dumps(finding.evidence, default=str).decode(),
        numbers=orjson.dumps(numbers).decode(),
        fact_names=orjson.dumps(finding.fact_names).decode(),
        parameters=orjson.dumps(finding.parameters, default=str).decode(),
        profile_version=finding.profile_version,
        deliveries=finding.deliveries,
    )
