"""Use cases of series: values are entered with their source, corrected by a new version, and held against figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.periods import year_before
from alerts.series import rules, store
from alerts.series.problems import SeriesInvalid, SeriesNotFound
from alerts.series.rules import Said, Series, growth
from alerts.series.schemas import (
    CatalogueOut,
    CorrectionIn,
    EnteredOut,
    SeriesQuery,
    ValueDetail,
    ValueOut,
    ValuePage,
    ValuesIn,
    VersionOut,
)
from alerts.series.tables import SeriesEntry, SeriesValue
from alerts.series.texts import FAULTS
from contracts.errors import FieldError
from contracts.indicators import period_of
from servicekit import clock
from servicekit.auth import Principal
from servicekit.etags import require_match
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

__all__ = [
    "Benchmark",
    "Said",
    "benchmark",
    "correct",
    "enter",
    "growth",
    "list_page",
    "read",
    "series_of",
    "shown_catalogue",
]


def shown_catalogue() -> CatalogueOut:
    """Give the series of which values can be entered."""
    return CatalogueOut(items=list(rules.catalogue().values()))


def series_of(series: str) -> Series | None:
    """Give a series of the catalogue."""
    return rules.catalogue().get(series)


async def enter(session: AsyncSession, principal: Principal, said: ValuesIn) -> EnteredOut:
    """Enter values, all of them or none.

    Raises:
        NotSupervisor, OutsideArea, SeriesInvalid
    """
    access.require_supervisor(principal)
    principal.require_area(said.kept_by)
    today, now = clock.today(), clock.now()
    given = [Said(one.series, one.area_code, said.kept_by, one.period) for one in said.values]
    flaws: list[FieldError] = []
    for place, (what, one) in enumerate(zip(given, said.values, strict=True)):
        flaws += rules.flaws_of(what, one.value, today, f"/values/{place}")
        if what in given[:place]:
            flaws.append(FieldError.told(FAULTS, "value.twice", f"/values/{place}"))
    known = await store.known(session, said.kept_by, given)
    for place, what in enumerate(given):
        if (what.series, what.area_code, what.period) in known:
            flaws.append(FieldError.told(FAULTS, "value.known", f"/values/{place}"))
    if flaws:
        raise _invalid(flaws)
    shown = []
    for one in said.values:
        entry = SeriesEntry(
            id=new_id(),
            kept_by=said.kept_by,
            series=one.series,
            area_code=one.area_code,
            period=one.period,
            last_on=period_of(one.period).last,
            version=1,
            updated_at=now,
        )
        value = SeriesValue(
            entry_id=entry.id, version=1, value=one.value, source=one.source, entered_by=principal.actor, entered_at=now
        )
        session.add(entry)
        shown.append((entry, value))
    await session.flush()
    session.add_all(value for _, value in shown)
    await session.flush()
    return EnteredOut(items=[_shown(entry.model_dump() | value.model_dump()) for entry, value in shown])


async def correct(
    session: AsyncSession, principal: Principal, entry_id: str, said: CorrectionIn, if_match: str | None
) -> ValueDetail:
    """Say what a value should have been; what it was stays as an earlier version.

    Raises:
        SeriesNotFound, NotSupervisor, SeriesInvalid
        PreconditionRequired, PreconditionFailed: it was not read, or has been corrected since.
    """
    access.require_supervisor(principal)
    entry = await store.get(session, entry_id, lock=True)
    if entry is None or not principal.covers(entry.kept_by):
        raise SeriesNotFound("no value that your areas keep")
    require_match(if_match, entry.version)
    (standing, *_) = await store.versions(session, entry_id)
    flaws = rules.value_flaws(rules.catalogue()[entry.series], said.value)
    if (standing.value, standing.source) == (said.value, said.source):
        flaws.append(FieldError.told(FAULTS, "value.same", "/value"))
    if flaws:
        raise _invalid(flaws)
    entry.version += 1
    entry.updated_at = clock.now()
    session.add(
        SeriesValue(
            entry_id=entry.id,
            version=entry.version,
            entered_by=principal.actor,
            entered_at=entry.updated_at,
            **said.model_dump(),
        )
    )
    await session.flush()
    return await _detail(session, entry)


async def read(session: AsyncSession, principal: Principal, entry_id: str) -> ValueDetail:
    """Give a value with every version of it.

    Raises:
        SeriesNotFound
    """
    entry = await store.get(session, entry_id)
    if entry is None or not _may_read(principal, entry.kept_by):
        raise SeriesNotFound("no value of your areas or above them")
    return await _detail(session, entry)


async def list_page(session: AsyncSession, principal: Principal, wanted: SeriesQuery, before: str | None) -> ValuePage:
    """Give a page of the values that the caller may read, the newest entry first."""
    found, total = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    shown = [_shown(row) for row in found[: wanted.limit]]
    return ValuePage(
        items=shown,
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a figure is held against.

    Attributes:
        value: In the series' unit.
        basis: Entered as it is, or computed from the levels of two years.
        entry_ids: The values that it is, or is computed from.
        entered_at: When the last of them was entered.
    """

    value: Decimal
    basis: Literal["entered", "computed"]
    entry_ids: tuple[str, ...]
    source: str
    entered_at: datetime


async def benchmark(session: AsyncSession, asked: Said) -> Benchmark | None:
    """Give what stands of a series for an area, as it keeps it itself or the nearest area above it does.

    A growth that nobody entered is computed where the levels of both years are. None where nothing is known.
    """
    row = await store.held(session, asked)
    if row is not None:
        return Benchmark(row["value"], "entered", (row["id"],), row["source"], row["entered_at"])
    levels = rules.catalogue()[asked.series].growth_of
    if levels is None:
        return None
    now = await store.held(session, replace(asked, series=levels))
    earlier = await store.held(session, replace(asked, series=levels, period=year_before(period_of(asked.period)).name))
    if now is None or earlier is None:
        return None
    value = growth(now["value"], earlier["value"])
    if value is None:
        return None
    return Benchmark(
        value,
        "computed",
        (now["id"], earlier["id"]),
        "; ".join(dict.fromkeys((now["source"], earlier["source"]))),
        max(now["entered_at"], earlier["entered_at"]),
    )


def _may_read(principal: Principal, kept_by: str) -> bool:
    return principal.covers(kept_by) or any(kept_by in store.chain(root) for root in principal.areas)


async def _detail(session: AsyncSession, entry: SeriesEntry) -> ValueDetail:
    versions = await store.versions(session, entry.id)
    shown = _shown(entry.model_dump() | versions[0].model_dump())
    return ValueDetail(
        **shown.model_dump(), versions=[VersionOut.model_validate(value.model_dump()) for value in versions]
    )


def _shown(row: Mapping[str, Any]) -> ValueOut:
    series = rules.catalogue()[row["series"]]
    return ValueOut.model_validate({**row, "series_label": series.zh, "unit": series.unit})


def _invalid(flaws: list[FieldError]) -> SeriesInvalid:
    return SeriesInvalid("values that cannot be kept", errors=flaws)
