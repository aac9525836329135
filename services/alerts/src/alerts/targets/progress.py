"""How far a target is: figures as they were frozen, held against the version that stood then, or against statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.figures import service as figures
from alerts.figures.service import Frozen
from alerts.periods import last_ended, parts_of, year_before
from alerts.series import service as series
from alerts.targets import service, store
from alerts.targets.rules import Verdict, Version, held_at, verdict
from alerts.targets.schemas import FigureOut, MilestoneProgress, PeriodProgress, ProgressOut, VerdictOut
from alerts.targets.tables import Target, TargetVersion
from alerts.targets.texts import WHY
from contracts.indicators import INDICATORS, Kind, Period, period_of
from servicekit import clock
from servicekit.auth import Principal

_HUNDREDTH: Final = Decimal("0.01")
_NO_FIGURE, _NO_EARLIER, _NO_BENCHMARK = "no_figure", "no_earlier_figure", "no_benchmark"


async def of_target(session: AsyncSession, principal: Principal, target_id: str, as_of: date | None) -> ProgressOut:
    """Give how far a target is as of a day.

    Raises:
        TargetNotFound
    """
    target = await service.visible(session, principal, target_id)
    kept = (await store.versions(session, [target_id]))[target_id]
    day = as_of or clock.today()
    told = ProgressOut(
        target=service.shown(target, kept),
        as_of=day,
        result=VerdictOut(
            state="pending", wanted=None, actual=None, gap=None, rule=None, why=WHY["not_in_force"], version=None
        ),
        latest=None,
        periods=[],
        milestones=[],
    )
    versions = [_version(one) for one in reversed(kept) if one.decision == "approved"]
    if not versions:
        return told
    kind = INDICATORS[target.indicator].period
    parts = [part for part in parts_of(period_of(target.period), kind) if part.last <= day]
    known = await _known(session, target, parts)
    judged = [await _period(session, target, versions, part, known) for part in parts]
    told.periods = judged
    told.latest = next((one for one in reversed(judged) if one.actual is not None), None)
    told.milestones = _milestones(target, versions, known, day)
    whole = last_ended(target.last_on, kind)
    told.result = _result(versions, judged, whole, is_due=target.last_on <= day, latest=told.latest)
    return told


def _result(
    versions: Sequence[Version],
    judged: Sequence[PeriodProgress],
    whole: Period,
    *,
    is_due: bool,
    latest: PeriodProgress | None,
) -> VerdictOut:
    """Give the verdict of the whole period: of its last figure, once it is due."""
    if is_due:
        return VerdictOut(**next(one for one in judged if one.period == whole.name).model_dump(include=_VERDICT))
    if latest is not None:
        shown = latest.model_dump(include=_VERDICT)
        return VerdictOut(**shown | {"state": "pending", "why": WHY["not_due"]})
    standing = versions[-1]
    judged_later = verdict(standing.direction, None, standing.value, is_due=False)
    return VerdictOut(**_verdict(judged_later, standing, None))


_VERDICT: Final = set(VerdictOut.model_fields)


@dataclass(frozen=True)
class _Known:
    """Figures of the area, and of the one that it is held against, by period."""

    own: Mapping[str, Frozen]
    other: Mapping[str, Frozen]


async def _known(session: AsyncSession, target: Target, parts: Sequence[Period]) -> _Known:
    names = {part.name for part in parts}
    for _ in range(2):  # a growth, and the growth of the year before
        names |= {year_before(period_of(name)).name for name in names}
    own = await figures.frozen(session, target.indicator, target.area_code, sorted(names))
    other = own
    if target.against == "figure" and target.against_area not in (None, target.area_code):
        other = await figures.frozen(session, target.indicator, str(target.against_area), sorted(names))
    return _Known(own, other)


@dataclass(frozen=True)
class _Measured:
    """A figure or its growth; why it is not known, if it is not; and what it was computed from."""

    value: Decimal | None
    missing: tuple[str, str]
    of: tuple[Frozen, ...]


def _measured(target: Target, known: Mapping[str, Frozen], period: Period) -> _Measured:
    """Measure a period: the figure itself, or `(figure / figure of the year before - 1) * 100`."""
    indicator = INDICATORS[target.indicator]
    now = known.get(period.name)
    if now is None or (value := value_of(now, indicator.kind)) is None:
        return _Measured(None, (_NO_FIGURE, period.name), (now,) if now else ())
    if target.measure == "value":
        return _Measured(value, (_NO_FIGURE, period.name), (now,))
    earlier = year_before(period)
    before = known.get(earlier.name)
    base = value_of(before, indicator.kind) if before is not None else None
    if before is None or base is None:
        return _Measured(None, (_NO_EARLIER, earlier.name), (now,))
    return _Measured(series.growth(value, base), (_NO_EARLIER, earlier.name), (now, before))


def value_of(figure: Frozen, kind: Kind) -> Decimal | None:
    """Give a figure's value to hundredths: of rates in per cent; None where there is nothing to divide by."""
    if kind in (Kind.COUNT, Kind.SUM):
        return figure.numerator
    if not figure.denominator:
        return None
    factor = 100 if kind is Kind.RATIO else 1
    return (figure.numerator * factor / figure.denominator).quantize(_HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class _Wanted:
    """What is wanted in a period, and where it comes from; why it is not known, if it is not."""

    value: Decimal | None
    missing: tuple[str, str] = (_NO_BENCHMARK, "")
    source: str | None = None
    entries: tuple[str, ...] = ()


async def _wanted(session: AsyncSession, target: Target, version: Version, part: Period, known: _Known) -> _Wanted:
    if target.against == "fixed":
        return _Wanted(version.value)
    period = year_before(part) if target.against_years_back else part
    if target.against == "figure":
        measured = _measured(target, known.other, period)
        return _Wanted(measured.value, measured.missing)
    asked = series.Said(str(target.against_series), str(target.against_area), target.area_code, period.name)
    found = await series.benchmark(session, asked)
    if found is None:
        return _Wanted(None, (_NO_BENCHMARK, period.name))
    return _Wanted(found.value, (_NO_BENCHMARK, period.name), found.source, found.entry_ids)


async def _period(
    session: AsyncSession, target: Target, versions: Sequence[Version], part: Period, known: _Known
) -> PeriodProgress:
    actual = _measured(target, known.own, part)
    figure = known.own.get(part.name)
    version = held_at(versions, figure.frozen_at if figure is not None else None)
    wanted = await _wanted(session, target, version, part, known)
    missing = actual.missing if actual.value is None else wanted.missing
    shown = verdict(version.direction, actual.value, wanted.value, missing=missing)
    newer = versions[-1].value if target.against == "fixed" and versions[-1].value != version.value else None
    return PeriodProgress(
        **_verdict(shown, version, newer),
        period=part.name,
        figures=[_figure(target, one) for one in actual.of],
        benchmark_source=wanted.source,
        benchmark_entries=list(wanted.entries),
    )


def _milestones(target: Target, versions: Sequence[Version], known: _Known, day: date) -> list[MilestoneProgress]:
    """Judge each milestone by the figure of the last period that ended by its day, and of no other."""
    kind = INDICATORS[target.indicator].period
    standing = {one.due_on: one for one in versions[-1].milestones}
    days = {one.due_on for version in versions for one in version.milestones}
    found = []
    for due_on in sorted(days):
        part = last_ended(due_on, kind)
        figure = known.own.get(part.name)
        at = figure.frozen_at if figure is not None else _end_of(due_on) if due_on < day else None
        version = held_at(versions, at)
        milestone = next((one for one in version.milestones if one.due_on == due_on), None) or standing.get(due_on)
        if milestone is None or version.value is None:
            continue  # it was added after another one was judged, and dropped again
        wanted = milestone.wanted(version.value)
        actual = _measured(target, known.own, part)
        shown = verdict(version.direction, actual.value, wanted, missing=actual.missing, is_due=due_on <= day)
        now, value = standing.get(due_on), versions[-1].value
        newer = now.wanted(value) if now is not None and value is not None else None
        found.append(
            MilestoneProgress(
                **_verdict(shown, version, newer if newer != wanted else None),
                due_on=due_on,
                share=milestone.share,
                period=part.name,
                dropped=now is None,
            )
        )
    return found


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), clock.CHINA)


def _figure(target: Target, figure: Frozen) -> FigureOut:
    return FigureOut(
        period=figure.period,
        version=figure.version,
        value=value_of(figure, INDICATORS[target.indicator].kind),
        counted=figure.denominator,
        frozen_at=figure.frozen_at,
    )


def _verdict(shown: Verdict, version: Version, newer: Decimal | None) -> dict[str, object]:
    return {
        "state": shown.state,
        "wanted": shown.wanted,
        "actual": shown.actual,
        "gap": shown.gap,
        "rule": shown.rule,
        "why": shown.why,
        "version": version.version,
        "newer": newer,
    }


def _version(kept: TargetVersion) -> Version:
    return Version(
        kept.version,
        kept.value,
        kept.direction,  # type: ignore[arg-type]  # as it was validated when it was proposed
        service.milestones_of(kept.milestones),
        kept.decided_at or kept.proposed_at,
    )
