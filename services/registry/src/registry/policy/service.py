"""Use cases of policy profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import (
    PARAMETERS,
    Profile,
    contradictions,
    in_force,
    lineage,
    read_values,
    resolve,
)
from contracts.registry import PolicyProfileActivated
from registry.policy import store
from registry.policy.problems import ProfileInvalid, ProfileNotFound
from registry.policy.schemas import ProfileIn, ProfileOut
from registry.policy.tables import PolicyProfile
from servicekit import clock, outbox
from servicekit.areas import is_within
from servicekit.auth import Principal
from servicekit.failpoints import failpoint_async
from servicekit.problems import FieldError


async def parameters_for(session: AsyncSession, region: str, on: date) -> Profile:
    """Give every parameter that holds for a region on a day."""
    return resolve(await store.versions(session, region), region, on)


async def show(session: AsyncSession, principal: Principal, region: str, on: date) -> ProfileOut:
    """Give what holds for a region on a day, for reading.

    Raises:
        OutsideArea: the region is neither the caller's nor above it.
        ProfileNotFound: if no profile holds there, not even the nation's.
    """
    if not any(is_within(root, region) for root in principal.areas):
        principal.require_area(region)
    return _out(await store.versions(session, region), region, on)


async def check(session: AsyncSession, region: str, body: ProfileIn) -> tuple[list[PolicyProfile], dict[str, Any]]:
    """Give the versions of a region, which is locked, and its ancestors, and every parameter of the new one.

    A parameter that the body does not name keeps the value that holds on that day: an earlier profile's, else the
    declared default.

    Raises:
        ProfileInvalid: unknown parameters or impossible values, each with a pointer.
    """
    named, faults = read_values(body.parameters)
    faults += [
        FieldError(f"/sources/{name}", "parameter.unknown", "不是参数名 / is not a parameter")
        for name in body.sources.keys() - PARAMETERS.keys()
    ]
    await store.lock_region(session, region)
    versions = await store.versions(session, region)
    # The whole profile is checked, so that a named value cannot contradict one that is kept.
    whole = {**resolve(versions, region, body.effective_from).values, **named}
    if faults := [*faults, *contradictions(whole)]:
        raise ProfileInvalid(f"{len(faults)} parameter(s) are wrong", errors=faults)
    return versions, whole


async def record(session: AsyncSession, region: str, body: ProfileIn, by: str, confirmed_by: str) -> int:
    """Record a new version, give its number; announce it now if its day has come, else on its day (the worker does).

    The same again as the newest version changes nothing.

    Raises:
        ProfileInvalid
    """
    versions, whole = await check(session, region, body)
    sources = _sources(versions, region, body.effective_from)
    sources |= dict.fromkeys(body.parameters, body.source_document) | body.sources
    parameters = {name: str(value) for name, value in whole.items()}
    newest = newest_of(versions, region)
    if newest is None or (newest.effective_from, newest.source_document, newest.parameters, newest.sources) != (
        body.effective_from,
        body.source_document,
        parameters,
        sources,
    ):
        newest = PolicyProfile(
            region=region,
            version=newest.version + 1 if newest else 1,
            effective_from=body.effective_from,
            source_document=body.source_document,
            parameters=parameters,
            sources=sources,
            recorded_at=clock.now(),
            recorded_by=by,
            confirmed_by=confirmed_by,
            activated_at=None,
        )
        session.add(newest)
        await session.flush()
        await activate_due(session)
    return newest.version


def newest_of(versions: Sequence[PolicyProfile], region: str) -> PolicyProfile | None:
    """Give the newest of a region's own versions."""
    return max((own for own in versions if own.region == region), key=lambda own: own.version, default=None)


async def activate_due(session: AsyncSession) -> int:
    """Announce the versions whose day has come, those that are dated back too; give how many.

    Where one is not the version in force, the one in force is announced again after it: the topic keeps the newest
    value of a region.
    """
    today = clock.today()
    waiting = await store.waiting(session, today)
    for profile in waiting:
        profile.activated_at = clock.now()
    await session.flush()
    told: list[PolicyProfile] = []
    for region in dict.fromkeys(profile.region for profile in waiting):
        own = [profile for profile in waiting if profile.region == region]
        now = in_force(await store.versions(session, region), today)[region]
        told += [profile for profile in own if profile is not now] + [now]
    if told:
        await outbox.add(session, [_activated(profile) for profile in told])
        await failpoint_async("registry.policy_activated")
    return len(told)


async def announce_all(session: AsyncSession) -> int:
    """Announce every version that was activated, the one in force last for each region; give their number."""
    profiles = await store.activated(session)
    await outbox.add(session, [_activated(profile) for profile in profiles])
    return len(profiles)


def _activated(profile: PolicyProfile) -> PolicyProfileActivated:
    return PolicyProfileActivated(
        region=profile.region,
        version=profile.version,
        effective_from=profile.effective_from,
        source_document=profile.source_document,
        parameters=read_values(profile.parameters)[0],
    )


def _sources(versions: Sequence[PolicyProfile], region: str, on: date) -> dict[str, str]:
    """Give the source of each value that a profile sets; a default that was taken over has none of its own."""
    held = in_force(versions, on)
    sources: dict[str, str] = {}
    for place in reversed(lineage(region)):
        if place in held:
            sources |= held[place].sources
    return sources


def _out(versions: Sequence[PolicyProfile], region: str, on: date) -> ProfileOut:
    held = in_force(versions, on)
    nearest = next((held[place] for place in lineage(region) if place in held), None)
    if nearest is None:
        raise ProfileNotFound(f"no profile holds on {on}")
    sources, profile = _sources(versions, region, on), resolve(versions, region, on)
    return ProfileOut(
        region=region,
        from_region=nearest.region,
        version=nearest.version,
        effective_from=nearest.effective_from,
        source_document=nearest.source_document,
        parameters=dict(profile.values),
        in_transition=profile.whole("transition.first_year") <= on.year <= profile.whole("transition.last_year"),
        sources={name: sources.get(name, parameter.source) for name, parameter in PARAMETERS.items()},
        defaulted=sorted(PARAMETERS.keys() - sources.keys()),
        activated_at=nearest.activated_at,
    )
