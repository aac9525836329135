"""Use cases of following: clues go where their findings, their household, their area and the policy go.

The households are locked; whoever calls publishes the alerts that are given, last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import followed
from alerts.clues.events import clue_moved
from alerts.clues.standing import Change, Stood, Terms, join, settle
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.feed.service import Alerting, NewAlert
from alerts.gaps import service as gaps
from contracts.registry import HouseholdSnapshotTaken, PolicyProfileActivated
from contracts.vocabulary import AlertKind, Severity
from servicekit import clock, outbox

_BATCH = 1000


async def settle_clues(session: AsyncSession, households: Mapping[str, directory.KnownHousehold]) -> list[Alerting]:
    """Bring the clues of locked households to what holds now; give the alerts of those that changed."""
    if not households:
        return []
    now = clock.now()
    grounds = defaultdict(list)
    for ground in await followed.grounds_of(session, households):
        grounds[ground.clue_id].append(ground)
    clues = defaultdict(list)
    for clue in await followed.clues_of(session, households):
        clues[clue.household_id].append(clue)
    book = await directory.policies(session, clock.today())
    changes = []
    for household_id, own in clues.items():
        terms = _terms(households[household_id], own, book)
        changes += settle(terms, own, [ground for clue in own for ground in grounds[clue.id]], now)
    alerts = await _write(session, changes, now)
    return alerts + await gaps.follow(session, households)


def _terms(household: directory.KnownHousehold, clues: Sequence[Stood], book: directory.PolicyBook) -> Terms:
    area_code = household.area_code if household.version else None
    where = area_code or clues[0].area_code
    return Terms(
        area_code=area_code,
        has_ended=household.has_ended,
        orange_to_red=book.for_area(where).orange_to_red,
        limit=partial(_limit, book, where),
    )


def _limit(book: directory.PolicyBook, area_code: str, severity: Severity, since: datetime) -> timedelta:
    """Give the time to verify as the policy has it on the day from which it counts: one that is dated back counts."""
    return book.for_area(area_code, since.astimezone(clock.CHINA).date()).verify_within[severity]


async def follow_households(session: AsyncSession, snapshots: Sequence[HouseholdSnapshotTaken]) -> list[Alerting]:
    """Keep the newest snapshots; clues go along with a household that moved, ended, came back or was merged."""
    merged = {item.household_id: item.merged_into for item in snapshots if item.merged_into is not None}
    if merged:  # both are locked before anything else, in order of ids
        areas = {item.household_id: item.area_code for item in snapshots if item.household_id in merged}
        await directory.lock(session, dict.fromkeys(merged.values(), "0" * 12) | areas)
    await directory.keep_households(session, snapshots)
    alerts: list[Alerting] = []
    for household_id, into in merged.items():
        alerts += await _join(session, household_id, into)
    await duties.follow_households(session, {item.household_id for item in snapshots})
    strays = await followed.astray(session, {item.household_id for item in snapshots} | set(merged.values()))
    households = await directory.lock(session, dict.fromkeys(strays, "0" * 12)) if strays else {}
    alerts += await settle_clues(session, households)
    rest = {item.household_id for item in snapshots} | set(merged.values())
    return alerts + await gaps.follow(session, rest - households.keys())


async def _join(session: AsyncSession, household_id: str, into: str) -> list[Alerting]:
    clues = await followed.clues_of(session, [household_id])
    if not clues:
        return []
    now = clock.now()
    changes, sources = join(clues, into, await followed.clues_of(session, [into]))
    await followed.move_sources(session, household_id, into, sources)
    alerts = await _write(session, changes, now)
    household = await directory.find(session, into)
    return alerts + (await settle_clues(session, {into: household}) if household else [])


async def follow_policies(session: AsyncSession, profiles: Collection[PolicyProfileActivated]) -> list[Alerting]:
    """Keep profiles, those that are dated back too; severities and due dates of open clues follow them."""
    await directory.keep_profiles(session, profiles)
    alerts: list[Alerting] = []
    for region in sorted({profile.region for profile in profiles}):
        after = ""
        while areas := await followed.with_open_clues(session, region, after, _BATCH):
            alerts += await settle_clues(session, await directory.lock(session, areas))
            after = max(areas)
    return alerts


async def _write(session: AsyncSession, changes: Sequence[Change], now: datetime) -> list[Alerting]:
    if not changes:
        return []
    await followed.write(session, [change.after for change in changes], now)
    await duties.follow_clues(session, [change.after.id for change in changes])
    told = [change for change in changes if change.is_told]
    findings = await followed.finding_ids_of(session, [change.after.id for change in told])
    await outbox.add(
        session,
        [
            clue_moved(
                change.after,
                change.after.state,
                change.before.state,
                change.after.version,
                findings.get(change.after.id, []),
            )
            for change in told
        ],
    )
    return [alert for change in changes if change.alert for alert in _alerts(change, change.alert)]


def _alerts(change: Change, kind: AlertKind) -> list[NewAlert]:
    """Give the alert of a change; a move is told where the clue was and where it is."""
    after = NewAlert.of(change.after, kind)
    if kind is not AlertKind.MOVED:
        return [after]
    old, new = change.before.area_code, change.after.area_code
    return [after._replace(area_code=old, moved_to=new), after._replace(moved_from=old)]
