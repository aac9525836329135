"""Use cases of figures: taken as services compute them, read by area and level, asked for again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.figures import rules, store
from alerts.figures.problems import (
    FigureNotOfDepartment,
    FigureOfCounty,
    FigurePeriodUnfit,
    FigureVersionNotFound,
    IndicatorNotFound,
    RecomputationNotFound,
)
from alerts.figures.rules import Amount
from alerts.figures.schemas import (
    FigureOut,
    FigurePage,
    FigureQuery,
    FigureVersionOut,
    IndicatorOut,
    Level,
    RecomputationIn,
    RecomputationOut,
    RecomputedOut,
)
from alerts.figures.tables import FigureRequest, FigureVersion
from alerts.indicators.service import OWN
from contracts.alerts import RecomputationAsked
from contracts.indicators import INDICATORS, WHOLE, Computed, Indicator, PeriodKind, part_words, period_of
from contracts.parameters import Words
from servicekit import areas, clock, outbox
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.indicators.members import check_part, is_outside_county
from servicekit.paging import encode_cursor, read_cursor

DEPARTMENT: Final = "department"
_LEVELS: Final[Mapping[Level, tuple[int, str]]] = {
    "city": (4, "city"),
    "county": (6, "county"),
    "township": (9, "town"),
    "village": (12, "village"),
}
_WITHIN_COUNTY: Final = frozenset({"town", "township", "village"})
_DIGITS: Final = {"nation": 0, "province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
_PERIODS: Final[Mapping[PeriodKind, Words]] = {
    "month": Words(zh="月", en="month"),
    "quarter": Words(zh="季", en="quarter"),
    "year": Words(zh="年", en="year"),
}
_SERVICES: Final = {
    "registry": Words(zh="登记服务尚未生成", en="the registry has not computed it yet"),
    "sharing": Words(zh="比对服务尚未生成", en="sharing has not computed it yet"),
    "alerts": Words(zh="预警服务尚未生成", en="alerts has not computed it yet"),
}
State = Literal["pending", "preliminary", "final"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of when and where figures are wanted, and how they are broken down.

    Attributes:
        level: Rows of the areas of this level; without one the area itself is the one row.
        dimension: A row for each of its parts; of indicators that have it.
    """

    period: str
    area_code: str
    level: Level | None = None
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What an indicator comes to in an area; `part` is empty for all of it."""

    area_code: str
    part: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of an indicator for a period, for a reader.

    Attributes:
        version: None while the service that owns the facts has not computed it: that is not zero.
        whole: Of the area that was asked for.
        rows: Of the areas of a level in it, or of the parts of a dimension, in order.
    """

    indicator: Indicator
    state: State
    version: FigureVersion | None
    whole: Amount | None
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an indicator came to in an area and a period that is over, by the newest version.

    Attributes:
        frozen_at: When the first version that told of the whole period was computed.
    """

    period: str
    version: int
    frozen_at: datetime
    numerator: Decimal
    denominator: Decimal | None


async def frozen(session: AsyncSession, indicator_id: str, area_code: str, periods: Sequence[str]) -> dict[str, Frozen]:
    """Give what an indicator came to in an area, by period; those that nobody computed to their end are not in it."""
    found = await store.frozen(session, indicator_id, area_code, [period_of(name) for name in periods])
    return {row["period"]: Frozen(**row) for row in found}


async def take(session: AsyncSession, events: Sequence[Computed]) -> None:
    """Keep what services computed: each part of a version once, in whatever order it comes."""
    await store.take(session, events, clock.now())


async def catalogue(session: AsyncSession) -> list[IndicatorOut]:
    """Give every indicator with the newest period of which there are figures."""
    latest = await store.latest(session, clock.today())
    return [
        IndicatorOut(**indicator.model_dump(), period_name=_PERIODS[indicator.period], latest=latest.get(name))
        for name, indicator in INDICATORS.items()
    ]


async def figures(
    session: AsyncSession,
    principal: Principal,
    indicator_ids: Sequence[str],
    asked: Asked,
    versions: Mapping[str, int] | None = None,
) -> dict[str, Figures]:
    """Give what indicators come to in an area, as the caller may see it.

    Args:
        versions: Which version of an indicator is wanted; the newest of those that are not named.

    Raises:
        OutsideArea, IndicatorNotFound, FigurePeriodUnfit, FigureVersionNotFound, FigureNotOfDepartment
    """
    principal.require_area(asked.area_code)
    wanted = [_known(name) for name in indicator_ids]
    for indicator in wanted:
        _check_period(indicator, asked.period)
    there = await store.versions(session, indicator_ids, asked.period, clock.today())
    found = {}
    for indicator in wanted:
        number = (versions or {}).get(indicator.id)
        version = _chosen([each for each in there if each.indicator_id == indicator.id], number)
        found[indicator.id] = await _figures(session, principal, indicator, version, asked)
    return found


async def read(session: AsyncSession, principal: Principal, indicator_id: str, wanted: FigureQuery) -> FigurePage:
    """Give a page of an indicator's figures for a period.

    Raises:
        As `figures`; AreaNeeded, and InvalidInput where the indicator is not broken down like that; FigureOfCounty.
    """
    indicator = _known(indicator_id)
    if wanted.dimension is not None:
        check_part(indicator.dimensions, wanted.dimension, WHOLE)
    area_code = principal.acting_area(wanted.area_code)
    if is_outside_county(principal) and not _WITHIN_COUNTY.isdisjoint({wanted.level, areas.level_of(area_code)}):
        raise FigureOfCounty("small counts of townships and villages would follow from several answers")
    after = read_cursor(wanted.cursor, str, str)
    chosen = {} if wanted.version is None else {indicator_id: wanted.version}
    asked = Asked(wanted.period, area_code, wanted.level, wanted.dimension)
    found = await figures(session, principal, [indicator_id], asked, chosen)
    got = found[indicator_id]
    rows = [row for row in got.rows if after is None or (row.area_code, row.part) > (after[0], after[1])]
    shown = rows[: wanted.limit]
    names = await directory.names_of(session, {area_code, *(row.area_code for row in shown)})
    there = await store.versions(session, [indicator_id], wanted.period, clock.today())
    by = DEPARTMENT if principal.department is not None else wanted.dimension
    out = _Shown(indicator, wanted.period, got.version, by, names)
    return FigurePage(
        indicator_id=indicator_id,
        period=wanted.period,
        state=got.state,
        missing=[] if got.version else [_SERVICES[indicator.service]],
        version=got.version and got.version.version,
        as_of=got.version and got.version.as_of,
        computed_at=got.version and got.version.computed_at,
        versions=[FigureVersionOut.model_validate(each.model_dump()) for each in there],
        whole=None if got.whole is None else out.row(Row(area_code, WHOLE, got.whole)),
        items=[out.row(row) for row in shown],
        total=len(got.rows),
        next_cursor=encode_cursor([shown[-1].area_code, shown[-1].part]) if len(rows) > len(shown) else None,
    )


async def recompute(session: AsyncSession, principal: Principal, said: RecomputationIn) -> RecomputationOut:
    """Have figures computed again: each service computes its own; what was computed before stays as it is.

    Raises:
        OutsideArea: the caller has less than a county.
        IndicatorNotFound, FigurePeriodUnfit
    """
    _require_county(principal)
    for name in said.indicator_ids:
        _check_period(_known(name), said.period)
    names = list(dict.fromkeys(said.indicator_ids))
    request = FigureRequest(
        id=new_id(),
        period=said.period,
        indicator_ids=names,
        why=said.why,
        asked_by=principal.actor,
        asked_at=clock.now(),
    )
    session.add(request)
    await session.flush()
    told = request.model_dump() | {"request_id": request.id}
    await OWN.ask(session, [(name, said.period) for name in names], why=said.why, request_id=request.id)
    await outbox.add(session, RecomputationAsked.model_validate(told))
    return await _progress(session, request)


async def recomputation(session: AsyncSession, principal: Principal, request_id: str) -> RecomputationOut:
    """Give how far a recomputation is.

    Raises:
        RecomputationNotFound
        OutsideArea: the caller has less than a county.
    """
    _require_county(principal)
    request = await store.request(session, request_id)
    if request is None:
        raise RecomputationNotFound("nobody asked for this")
    return await _progress(session, request)


async def _progress(session: AsyncSession, request: FigureRequest) -> RecomputationOut:
    done = await store.computed_for(session, request.id)
    items = [
        RecomputedOut(indicator_id=name, state="done" if name in done else "pending", version=done.get(name))
        for name in request.indicator_ids
    ]
    is_done = all(item.state == "done" for item in items)
    return RecomputationOut(
        **request.model_dump(exclude={"indicator_ids"}), items=items, state="done" if is_done else "pending"
    )


def _require_county(principal: Principal) -> None:
    """Figures are computed of everything that a service knows: by whoever has a county."""
    principal.require_area(areas.county_of(principal.acting_area(None)))


def _known(indicator_id: str) -> Indicator:
    indicator = INDICATORS.get(indicator_id)
    if indicator is None:
        raise IndicatorNotFound("no such indicator")
    return indicator


def _check_period(indicator: Indicator, name: str) -> None:
    period = period_of(name)
    if period.kind != indicator.period or period.first > clock.today():
        raise FigurePeriodUnfit(f"{indicator.id} is of each {indicator.period}, and of those that have begun")


def _chosen(there: Sequence[FigureVersion], wanted: int | None) -> FigureVersion | None:
    if wanted is None:
        return there[0] if there else None
    for version in there:
        if version.version == wanted:
            return version
    raise FigureVersionNotFound("no such version")


async def _figures(
    session: AsyncSession, principal: Principal, indicator: Indicator, version: FigureVersion | None, asked: Asked
) -> Figures:
    level, dimension = asked.level, asked.dimension
    if principal.department is not None:
        if DEPARTMENT not in indicator.dimensions or dimension not in (None, DEPARTMENT):
            raise FigureNotOfDepartment("this indicator has no part of a department")
        dimension = DEPARTMENT
    if version is None:
        return Figures(indicator, "pending", None, None, ())
    place = replace(principal, areas=(asked.area_code,))
    depth = _DIGITS[areas.level_of(asked.area_code)]
    digits, name = _LEVELS[level] if level else (depth, "")
    digits = max(digits, depth)
    whole = await store.rows(
        session, version, place, digits=depth, level="", dimension=DEPARTMENT if principal.department else WHOLE
    )
    rows: Sequence[Any] = ()
    if level is not None or dimension is not None:
        rows = await store.rows(session, version, place, digits=digits, level=name, dimension=dimension or WHOLE)
    period = period_of(version.period)
    amounts = [_amount(indicator, row["numerator"], row["denominator"]) for row in rows]
    total = _amount(indicator, *_added(whole))
    if is_outside_county(principal):
        amounts, [total] = rules.protect(amounts), rules.protect([total])
    return Figures(
        indicator,
        "final" if version.as_of >= period.last else "preliminary",
        version,
        total,
        [Row(row["area_code"], row["part"], amount) for row, amount in zip(rows, amounts, strict=True)],
    )


def _amount(indicator: Indicator, numerator: Decimal, denominator: Decimal | None) -> Amount:
    return rules.amount(indicator, numerator, denominator)


def _added(rows: Sequence[Any]) -> tuple[Decimal, Decimal]:
    numerator = sum((row["numerator"] for row in rows), Decimal(0))
    return numerator, sum((row["denominator"] or Decimal(0) for row in rows), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Shown:
    """How rows of a version are shown."""

    indicator: Indicator
    period: str
    version: FigureVersion | None
    dimension: str | None
    names: Mapping[str, str]

    def row(self, row: Row) -> FigureOut:
        """Give a row with its name and the way to the list behind it."""
        amount = row.amount
        return FigureOut(
            area_code=row.area_code,
            area_name=self.names.get(row.area_code),
            part=row.part or None,
            part_name=part_words(self.dimension, row.part) if self.dimension and row.part else None,
            numerator=_text(amount.numerator),
            denominator=_text(amount.denominator),
            value=_text(amount.value),
            shown=amount.shown,
            lacks=amount.lacks,
            members=None if amount.is_hidden else self._members(row),
        )

    def _members(self, row: Row) -> str:
        version = self.version.version if self.version else 1
        link = f"/v1/indicator-members/{self.indicator.service}/{self.indicator.id}"
        link += f"?period={self.period}&version={version}&area_code={row.area_code}"
        return link + (f"&dimension={self.dimension}&part={row.part}" if row.part else "")


def _text(number: Decimal | None) -> str | None:
    return None if number is None else rules.plain(number)
