"""Use cases of policy profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import PolicyProfileActivated
from registry.policy import rules, store
from registry.policy.problems import ProfileInvalid, ProfileNotFound
from registry.policy.schemas import ProfileIn, ProfileOut
from registry.policy.tables import PolicyProfile
from servicekit import clock, outbox
from servicekit.auth import Principal
from servicekit.failpoints import failpoint_async
from servicekit.problems import FieldError


async def in_force(session: AsyncSession, region: str, on: date) -> PolicyProfile:
    """Give the profile that holds for a region on a day: its own, or its nearest ancestor's.

    Raises:
        ProfileNotFound: if there is none, not even of the nation.
    """
    version = rules.in_force(await store.versions(session, region), region, on)
    if version is None:
        raise ProfileNotFound(f"no profile holds on {on}")
    return await store.get(session, version)


async def parameters_for(session: AsyncSession, region: str, on: date) -> Mapping[str, Any]:
    """Give every parameter that holds for a region on a day."""
    return (await in_force(session, region, on)).parameters


async def show(session: AsyncSession, region: str, on: date) -> ProfileOut:
    """Give the profile that holds for a region on a day, for reading."""
    return _out(await in_force(session, region, on), region)


async def put(session: AsyncSession, principal: Principal, region: str, body: ProfileIn) -> ProfileOut:
    """Record a new version; announce it now if its day has come, else on its day (the worker does).

    The same again as the newest version changes nothing: a caller that got no answer repeats a PUT.

    Raises:
        OutsideArea: the region is not the caller's.
        ProfileInvalid: unknown parameters or impossible values, each with a pointer.
    """
    principal.require_area(region)
    _, faults = rules.read_parameters(body.parameters)
    faults += [
        rules.Fault(name, "parameter.unknown", "source of a parameter that does not exist")
        for name in body.sources.keys() - rules.PARAMETERS.keys()
    ]
    await store.lock_region(session, region)
    base = rules.in_force(await store.versions(session, region), region, body.effective_from)
    inherited = await store.get(session, base) if base else None
    # The whole profile is checked, so that a named value cannot contradict one that is kept.
    whole, clashes = rules.read_parameters({**(inherited.parameters if inherited else {}), **body.parameters})
    missing = rules.PARAMETERS.keys() - whole.keys()
    faults += [fault for fault in clashes if fault not in faults]
    if faults or missing:
        raise ProfileInvalid(
            f"{len(faults)} parameter(s) are wrong" if faults else f"missing: {', '.join(sorted(missing))}",
            errors=[
                FieldError(pointer=f"/parameters/{fault.name}", code=fault.code, detail=fault.message)
                for fault in faults
            ],
        )
    sources = dict(inherited.sources) if inherited else {}
    sources |= dict.fromkeys(body.parameters, body.source_document) | body.sources
    parameters = {name: value if isinstance(value, bool) else str(value) for name, value in whole.items()}
    newest = await store.newest(session, region)
    if newest is not None and (newest.effective_from, newest.source_document, newest.parameters, newest.sources) == (
        body.effective_from,
        body.source_document,
        parameters,
        sources,
    ):
        return _out(newest, region)
    profile = PolicyProfile(
        region=region,
        version=newest.version + 1 if newest else 1,
        effective_from=body.effective_from,
        source_document=body.source_document,
        parameters=parameters,
        sources=sources,
        recorded_at=clock.now(),
        recorded_by=principal.client_id,
        activated_at=None,
    )
    session.add(profile)
    await session.flush()
    await activate_due(session)
    return _out(profile, region)


async def activate_due(session: AsyncSession) -> int:
    """Announce the versions whose day has come; give how many.

    A version that a newer one already replaced is marked and not announced: the topic keeps the newest value of a
    region, and that must stay the one in force.
    """
    today = clock.today()
    announced = 0
    for profile in await store.waiting(session, today):
        store.mark_activated(profile, clock.now())
        own = [version for version in await store.versions(session, profile.region) if version.region == profile.region]
        current = rules.in_force(own, profile.region, today)
        if current is not None and current.version == profile.version:
            await outbox.add(session, _activated(profile))
            announced += 1
            await failpoint_async("registry.policy_activated")
    await session.flush()
    return announced


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
        parameters=rules.read_parameters(profile.parameters)[0],
    )


def _out(profile: PolicyProfile, region: str) -> ProfileOut:
    return ProfileOut(
        region=region,
        from_region=profile.region,
        version=profile.version,
        effective_from=profile.effective_from,
        source_document=profile.source_document,
        parameters=rules.read_parameters(profile.parameters)[0],
        sources=profile.sources,
        activated_at=profile.activated_at,
    )
