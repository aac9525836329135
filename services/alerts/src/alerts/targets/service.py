"""Use cases of targets: proposed by one, approved by another; a change is another version and counts from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.series import service as series
from alerts.targets import rules, store
from alerts.targets.problems import (
    TargetExists,
    TargetInvalid,
    TargetNotFound,
    TargetNotProposed,
    TargetOver,
    TargetSecondPerson,
)
from alerts.targets.rules import Benchmark, Kind, Milestone, Proposal, SeriesKind
from alerts.targets.schemas import (
    BenchmarkOut,
    DecisionIn,
    RevisionIn,
    TargetIn,
    TargetOut,
    TargetPage,
    TargetQuery,
    VersionIn,
    VersionOut,
)
from alerts.targets.tables import Target, TargetVersion
from alerts.targets.texts import FAULTS
from contracts import indicators
from contracts.errors import FieldError
from contracts.indicators import INDICATORS, Indicator, period_of
from servicekit import clock
from servicekit.auth import Principal
from servicekit.etags import require_match
from servicekit.ids import new_id
from servicekit.paging import encode_cursor


def kind_of(indicator: Indicator) -> Kind:
    """Give what a target needs to know of an indicator."""
    is_ratio = indicator.kind is indicators.Kind.RATIO
    return Kind("percent" if is_ratio else indicator.unit.en, indicator.period, is_ratio)


async def propose(session: AsyncSession, principal: Principal, said: TargetIn) -> TargetOut:
    """Propose a target; it counts once somebody else has approved it.

    Raises:
        NotSupervisor, OutsideArea, TargetInvalid, TargetExists
    """
    access.require_supervisor(principal)
    principal.require_area(said.area_code)
    indicator = INDICATORS.get(said.indicator)
    if indicator is None:
        raise _invalid([FieldError.told(FAULTS, "indicator.unknown", "/indicator")])
    against, period = said.benchmark, period_of(said.period)
    target = Target(
        id=new_id(),
        measure=said.measure,
        against=against.kind,
        against_series=against.series,
        against_area=against.area_code,
        against_years_back=against.years_back,
        first_on=period.first,
        last_on=period.last,
        proposed=1,
        updated_at=clock.now(),
        **said.model_dump(include={"area_code", "department", "indicator", "period"}),
    )
    flaws = rules.flaws_of(_proposal(target, said), kind_of(indicator), _series_kind(target), clock.today())
    if flaws:
        raise _invalid(flaws)
    if await store.has_same(session, target):
        raise TargetExists("the same indicator has a target for this time")
    session.add(target)
    await session.flush()
    version = _version(target, 1, principal, said)
    session.add(version)
    await session.flush()
    return shown(target, [version])


async def revise(
    session: AsyncSession, principal: Principal, target_id: str, said: RevisionIn, if_match: str | None
) -> TargetOut:
    """Propose how a target should read from now on; what stands, stands until somebody else approves that.

    Raises:
        TargetNotFound, NotSupervisor, TargetOver, TargetInvalid
        PreconditionRequired, PreconditionFailed: it was not read, or has changed since.
    """
    access.require_supervisor(principal)
    target = await _locked(session, principal, target_id, if_match)
    known = (await store.versions(session, [target_id]))[target_id]
    standing = next((one for one in known if one.version == target.standing), None)
    kept = milestones_of(standing.milestones) if standing is not None else ()
    kind = kind_of(INDICATORS[target.indicator])
    if flaws := rules.value_flaws(_proposal(target, said), kind, kept, clock.today()):
        raise _invalid(flaws)
    for waiting in known:
        if waiting.version == target.proposed:
            waiting.decision, waiting.decided_by, waiting.decided_at = "replaced", principal.actor, clock.now()
    version = _version(target, known[0].version + 1, principal, said)
    version.note = said.note
    session.add(version)
    target.proposed = version.version
    return await _changed(session, target)


async def decide(
    session: AsyncSession, principal: Principal, target_id: str, said: DecisionIn, if_match: str | None
) -> TargetOut:
    """Approve what somebody else proposed, or reject it.

    Raises:
        TargetNotFound, NotSupervisor, TargetOver, TargetNotProposed, TargetSecondPerson
        PreconditionRequired, PreconditionFailed: it was not read, or has changed since.
    """
    access.require_supervisor(principal)
    target = await _locked(session, principal, target_id, if_match)
    if target.proposed is None:
        raise TargetNotProposed("nothing waits for a decision")
    known = (await store.versions(session, [target_id]))[target_id]
    (waiting,) = [one for one in known if one.version == target.proposed]
    if waiting.proposed_by == principal.actor:
        raise TargetSecondPerson("who proposed it does not decide")
    waiting.decision = "approved" if said.agrees else "rejected"
    waiting.decided_by, waiting.decided_at, waiting.decision_note = principal.actor, clock.now(), said.note
    if said.agrees:
        target.standing = waiting.version
    target.proposed = None
    return await _changed(session, target)


async def read(session: AsyncSession, principal: Principal, target_id: str) -> TargetOut:
    """Give a target.

    Raises:
        TargetNotFound
    """
    target = await visible(session, principal, target_id)
    return shown(target, (await store.versions(session, [target_id]))[target_id])


async def list_page(session: AsyncSession, principal: Principal, wanted: TargetQuery, before: str | None) -> TargetPage:
    """Give a page of targets as the caller may see them, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    targets = found[: wanted.limit]
    versions = await store.versions(session, [target.id for target in targets])
    return TargetPage(
        items=[shown(target, versions[target.id]) for target in targets],
        total=total,
        next_cursor=encode_cursor([targets[-1].id]) if len(found) > wanted.limit else None,
    )


async def visible(session: AsyncSession, principal: Principal, target_id: str, *, lock: bool = False) -> Target:
    """Give a target of the caller's areas and department.

    Raises:
        TargetNotFound
    """
    target = await store.get(session, target_id, lock=lock)
    if (
        target is None
        or not principal.covers(target.area_code)
        or principal.department not in (None, target.department)
    ):
        raise TargetNotFound("no such target within your reach")
    return target


def shown(target: Target, versions: Sequence[TargetVersion]) -> TargetOut:
    """Give a target as it is shown."""
    indicator = INDICATORS[target.indicator]
    return TargetOut(
        **target.model_dump(
            include={"id", "area_code", "department", "indicator", "period", "standing", "proposed", "revision"}
        ),
        measure=target.measure,
        indicator_label=indicator.zh,
        unit=rules.unit_of(target.measure, kind_of(indicator)),  # type: ignore[arg-type]  # likewise
        benchmark=BenchmarkOut.model_validate(_against(target), from_attributes=True),
        versions=[VersionOut.model_validate(one.model_dump()) for one in versions],
    )


def milestones_of(kept: Sequence[Any]) -> tuple[Milestone, ...]:
    """Give milestones as they were kept or said."""
    said = [VersionIn.model_validate({"milestones": list(kept), "source": "--"}).milestones][0]
    return tuple(Milestone(one.due_on, one.share, one.value) for one in said)


async def _locked(session: AsyncSession, principal: Principal, target_id: str, if_match: str | None) -> Target:
    target = await visible(session, principal, target_id, lock=True)
    require_match(if_match, target.revision)
    if target.last_on < clock.today():
        raise TargetOver("the period is over")
    return target


async def _changed(session: AsyncSession, target: Target) -> TargetOut:
    target.revision += 1
    target.updated_at = clock.now()
    await session.flush()
    return shown(target, (await store.versions(session, [target.id]))[target.id])


def _version(target: Target, number: int, principal: Principal, said: VersionIn) -> TargetVersion:
    return TargetVersion(
        target_id=target.id,
        version=number,
        value=said.value,
        direction=said.direction,
        milestones=[one.model_dump(mode="json", exclude_none=True) for one in said.milestones],
        source=said.source,
        proposed_by=principal.actor,
        proposed_at=clock.now(),
    )


def _proposal(target: Target, said: VersionIn) -> Proposal:
    return Proposal(
        area_code=target.area_code,
        period=period_of(target.period),
        measure=target.measure,  # type: ignore[arg-type]  # the database checks the two values
        benchmark=_against(target),
        direction=said.direction,
        value=said.value,
        milestones=tuple(Milestone(one.due_on, one.share, one.value) for one in said.milestones),
    )


def _against(target: Target) -> Benchmark:
    return Benchmark(
        target.against,  # type: ignore[arg-type]  # the database checks the three values
        target.against_series,
        target.against_area,
        target.against_years_back,
    )


def _series_kind(target: Target) -> SeriesKind | None:
    known = series.series_of(target.against_series) if target.against_series is not None else None
    return SeriesKind(known.unit, known.levels) if known is not None else None


def _invalid(flaws: list[FieldError]) -> TargetInvalid:
    return TargetInvalid("what is said of the target does not go together", errors=flaws)
