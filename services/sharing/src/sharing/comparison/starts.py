"""What starts a comparison by itself: a delivery, the register, the policy profile, the calendar.

Whole runs wait for a moment, so that many changes are compared at once; a few changed households are compared at
once. Everything waits in the queue of runs, in the transaction of what caused it: nothing is lost by a restart, and
several workers make one run of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import PolicyProfileActivated
from servicekit import clock, locks
from servicekit.areas import NATION, level_of, town_of
from servicekit.ids import new_id
from servicekit.tracing import current_traceparent
from sharing.catalogue.service import dataset_of
from sharing.comparison import pushed, rules, store
from sharing.deliveries.service import delivered
from sharing.directory import service as directory
from sharing.findings import service as findings
from sharing.policy.service import has_profiles, parameters_at

CauseKind = Literal["request", "record", "delivery", "register", "policy", "calendar", "rule"]
_MOST_HOUSEHOLDS = 200  # that are compared by themselves; more change at once when a register is imported


def start_of(kind: CauseKind, period: str, what: str | None = None, by: str | None = None) -> store.Start:
    """Give what starts a run now: the kind of cause, which one, and which client is behind it."""
    at = clock.now()
    cause = {"kind": kind, "what": what, "by": by, "at": at.isoformat()}
    return store.Start(new_id(), period, cause, at, current_traceparent())


async def by_deliveries(session: AsyncSession, delivery_ids: Sequence[str], delay_s: float) -> None:
    """Compare the open periods in which deliveries count, or no longer wait; single records started their own run.

    Those of them that meet nobody started none, and wait for a person.
    """
    oldest = await _oldest(session)
    found = await delivered(session, delivery_ids)
    singly = {each.id for each in found if each.kind == "record" and dataset_of(each.dataset).is_of_persons}
    records = [delivery.id for delivery in found if delivery.id in singly and delivery.period >= oldest]
    if records:
        await pushed.take(session, records)
    for delivery in found:
        if delivery.id in singly or delivery.period < oldest:
            continue
        compared = await store.compared_periods(session, delivery.period, f"{clock.today():%Y-%m}")
        area = await directory.narrowed(session, delivery.area_code)
        months = dataset_of(delivery.dataset).valid_months
        for period in rules.periods_of_delivery(delivery.period, months, compared):
            for by in dict.fromkeys((delivery.sent_by, delivery.decided_by or delivery.sent_by)):
                await store.enqueue_full(session, start_of("delivery", period, delivery.id, by), area, delay_s)


async def by_households(session: AsyncSession, households: Sequence[str], delay_s: float) -> None:
    """Compare households that the register changed, and let their findings follow them."""
    if not households:
        return
    await findings.follow_register(session, households, clock.now())
    await pushed.follow_register(session, households)
    if not await has_profiles(session):
        return  # the first profile starts a run of everybody
    what = households[0] if len(households) == 1 else None
    periods = await _open_periods(session)
    if len(households) > _MOST_HOUSEHOLDS:
        area = await directory.county_of(session, households)
        for period in periods:
            await store.enqueue_full(session, start_of("register", period, what), area, delay_s)
    standing = await findings.periods_of(session, households, await _oldest(session))
    for period in sorted({*periods, *standing}):
        touched = households if period in periods else standing[period]
        if len(households) <= _MOST_HOUSEHOLDS or period not in periods:
            await store.enqueue_households(session, start_of("register", period, what), households=touched)


async def by_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated], delay_s: float) -> None:
    """Compare again what a policy profile says otherwise, dated back or not."""
    if not profiles or not await directory.all_areas(session):
        return
    oldest, newest = await _oldest(session), f"{clock.today():%Y-%m}"
    known = await store.compared_periods(session, oldest, newest)
    for period in sorted(known or rules.periods_to_follow((), clock.today())):
        for profile in profiles:
            if rules.is_in_force(profile.effective_from, period):
                start = start_of("policy", period, f"{profile.region}/{profile.version}")
                await store.enqueue_full(session, start, await directory.narrowed(session, profile.region), delay_s)


async def by_rule(session: AsyncSession, rule_id: str, area_code: str, by: str) -> None:
    """Compare the open months again that were compared, where somebody has retired or activated a rule."""
    if not await has_profiles(session) or not await directory.all_areas(session):
        return
    # At least a township: what is known of one is kept as a whole.
    area = await directory.narrowed(session, town_of(area_code) if level_of(area_code) == "village" else area_code)
    for period in sorted(await store.compared_periods(session, await _oldest(session), f"{clock.today():%Y-%m}")):
        await store.enqueue_full(session, start_of("rule", period, rule_id, by), area, 0)


async def by_calendar(session: AsyncSession) -> None:
    """Compare last month once, the day after its data were due, whoever has delivered."""
    profile = await parameters_at(session, NATION, clock.today())
    period = rules.due_period(clock.today(), profile.whole("sharing.delivery_due_day"))
    if period is None or not await has_profiles(session) or not await directory.all_areas(session):
        return
    await locks.lock(session, locks.Lock.RUN_CLAIM)
    if not await store.was_started_by(session, "calendar", period):
        area = await directory.narrowed(session, NATION)
        await store.enqueue_full(session, start_of("calendar", period), area, 0)


async def _oldest(session: AsyncSession) -> str:
    today: date = clock.today()
    profile = await parameters_at(session, NATION, today)
    return rules.oldest_open(today, profile.whole("sharing.period_open_months"))


async def _open_periods(session: AsyncSession) -> list[str]:
    today = clock.today()
    compared = await store.compared_periods(session, await _oldest(session), f"{today:%Y-%m}")
    return rules.periods_to_follow(compared, today)
