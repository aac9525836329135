"""Use cases of sheets: made of the newest figures, frozen, issued by a second person, read by whom they concern."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.directory import service as directory
from alerts.sheets import store, texts
from alerts.sheets.content import Content, Making, added_up, is_over, wanted
from alerts.sheets.document import Head, document
from alerts.sheets.kinds import KINDS, SheetKind
from alerts.sheets.problems import (
    SheetIncomplete,
    SheetIssued,
    SheetKeptInCounty,
    SheetKindUnknown,
    SheetNotFound,
    SheetOfCounty,
    SheetPeriodUnfit,
    SheetSecondPerson,
    SheetTooEarly,
)
from alerts.sheets.schemas import (
    FreezeIn,
    IssueIn,
    SheetKindOut,
    SheetKindsOut,
    SheetOut,
    SheetPage,
    SheetQuery,
    SheetShown,
    SheetsQuery,
)
from alerts.sheets.shown import out_of
from alerts.sheets.tables import Sheet
from alerts.sheets.upwards import of_counties
from alerts.sheets.viewing import Reader, ShownTable, shown
from contracts.indicators import INDICATORS, Period, period_of
from servicekit import areas, clock
from servicekit.auth import OutsideArea, Principal
from servicekit.documents import Document
from servicekit.ids import new_id
from servicekit.indicators.members import is_outside_county
from servicekit.paging import encode_cursor

_SCHEDULINGS = "/v1/schedulings?area={}&period={}"


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of the newest figures, and the last day that they tell of."""

    content: Content
    through: date


def kinds() -> SheetKindsOut:
    """Give every kind of sheet."""
    return SheetKindsOut(
        items=[
            SheetKindOut(
                id=kind.id,
                title={"zh": kind.zh, "en": kind.en},
                period=kind.period,
                goes_up=kind.goes_up,
                indicator_ids=list(dict.fromkeys(each.id for table in kind.table for each in kind.indicators(table))),
            )
            for kind in KINDS.values()
        ]
    )


async def list_page(session: AsyncSession, principal: Principal, query: SheetsQuery, before: str | None) -> SheetPage:
    """Give a page of the sheets that the caller may read, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    own = principal.within(query.area_code)
    is_outside = is_outside_county(principal)
    counties = [root if is_outside and len(areas.prefix_of(root)) < 6 else areas.county_of(root) for root in own.areas]
    scope, parameters = Principal("", areas=tuple(counties)).area_clause("s.area_code")
    if principal.grid is not None:
        scope, parameters = "false", {}
    open_kinds = [kind.id for kind in KINDS.values() if kind.goes_up or not is_outside]
    found, total = await store.page(
        session, (scope, parameters), query, open_kinds,
        only_issued=not _is_of_county(principal, own.areas[0] if own.areas else areas.NATION),
        before=before, limit=query.limit + 1,
    )  # fmt: skip
    rows = found[: query.limit]
    return SheetPage(
        items=[_out(sheet) for sheet in rows],
        total=total,
        next_cursor=encode_cursor([rows[-1].id]) if len(found) > query.limit else None,
    )


async def freeze(
    session: AsyncSession, principal: Principal, kind_name: str, period_name: str, said: FreezeIn
) -> SheetOut:
    """Keep a sheet as the newest figures make it, as its next version; those before it stay.

    Raises:
        SheetKindUnknown, SheetPeriodUnfit, SheetTooEarly, SheetIncomplete, NotSupervisor, SheetOfCounty, OutsideArea
    """
    kind, period = _kind(kind_name), _period(kind_name, period_name)
    _require_county(principal, said.area_code)
    if not is_over(period, clock.today()):
        raise SheetTooEarly("the period is not over: there is only a draft of it")
    version = await store.next_version(session, kind.id, period.name, said.area_code)
    made = await _made(session, kind, period, said.area_code)
    if made.content.missing and not said.accepts_missing:
        raise SheetIncomplete(
            "figures are missing",
            missing=[f"{INDICATORS[name].zh} {of}" for name, of in made.content.missing],
        )
    content = made.content.model_dump(mode="json")
    sheet = Sheet(
        id=new_id(),
        kind=kind.id,
        period=period.name,
        area_code=said.area_code,
        version=version,
        title=await _title(session, kind, period, said.area_code),
        content=content,
        digest=_digest(content),
        note=said.note,
        through=made.through,
        frozen_by=principal.actor,
        frozen_at=clock.now(),
    )
    session.add(sheet)
    await session.flush()
    return _out(sheet)


async def issue(
    session: AsyncSession, principal: Principal, kind_name: str, period_name: str, said: IssueIn
) -> SheetOut:
    """Issue a frozen version, as somebody else than who froze it.

    Raises:
        SheetKindUnknown, SheetPeriodUnfit, SheetNotFound, SheetIssued, SheetSecondPerson, NotSupervisor, SheetOfCounty,
        OutsideArea
    """
    kind, period = _kind(kind_name), _period(kind_name, period_name)
    _require_county(principal, said.area_code)
    sheet = await store.get(session, kind.id, period.name, said.area_code, version=said.version, lock=True)
    if sheet is None:
        raise SheetNotFound("no such version")
    if sheet.issued_at is not None:
        raise SheetIssued("the version was issued")
    if sheet.frozen_by == principal.actor:
        raise SheetSecondPerson("who froze a sheet does not issue it")
    sheet.issued_by, sheet.issued_at = principal.actor, clock.now()
    await session.flush()
    return _out(sheet)


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is shown a sheet of: a version that was kept, a draft, or what several counties issued.

    Attributes:
        county: None of several.
        sheet: None of a draft, and of several counties.
        through: The last day that it tells of.
    """

    kind: SheetKind
    period: Period
    county: str | None
    sheet: Sheet | None
    title: str
    content: Content
    through: date

    @property
    def state(self) -> str:
        """Tell how far it is; what is shown of several counties is what they issued."""
        if self.county is None:
            return "issued"
        return "draft" if self.sheet is None else self.sheet.state

    @property
    def signed(self) -> list[str]:
        """Give the lines of who issued it and when; none of what is not one issued version."""
        if self.sheet is None or self.sheet.issued_at is None:
            return []
        day = self.sheet.issued_at.astimezone(clock.CHINA).date()
        return [texts.ISSUED, texts.SIGNED.format(year=day.year, month=day.month, day=day.day)]


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet as its reader may see it: as data, and what a document of it is made of."""

    head: Head
    shown: SheetShown
    tables: Sequence[ShownTable]

    def document(self) -> Document:
        """Give it to print."""
        return document(self.head, self.tables)


async def read(
    session: AsyncSession, principal: Principal, kind_name: str, period_name: str, query: SheetQuery
) -> Read:
    """Give a sheet as the caller may see it.

    Raises:
        SheetKindUnknown, SheetPeriodUnfit, SheetNotFound, SheetKeptInCounty, SheetOfCounty, OutsideArea, AreaNeeded
    """
    kind, period = _kind(kind_name), _period(kind_name, period_name)
    area = principal.acting_area(query.area_code)
    if principal.grid is not None:
        raise OutsideArea("sheets are of areas, and a grid is none")
    is_outside = is_outside_county(principal)
    if is_outside and not kind.goes_up:
        raise SheetKeptInCounty("this kind does not leave the county")
    if len(areas.prefix_of(area)) < len("990101"):
        return await _of_counties(session, kind, period, area, query)
    county = areas.county_of(area)
    is_own = _is_of_county(principal, county)
    if query.draft and not is_own:
        raise SheetOfCounty("drafts are the county's")
    sheet = None if query.draft else await _chosen(session, kind, period, county, query.version, is_own, is_outside)
    if sheet is None and not is_own:
        raise SheetNotFound("nothing was issued for this period")
    if sheet is None:
        made = await _made(session, kind, period, county)
        title = await _title(session, kind, period, county)
        source = Source(kind, period, county, None, title, made.content, made.through)
    else:
        content = Content.model_validate(sheet.content)
        source = Source(kind, period, county, sheet, sheet.title, content, sheet.through)
    policy = (await directory.policies(session, clock.today())).for_area(county)
    reader = Reader(
        area_code=area,
        has_county=principal.covers(county),
        is_outside=is_outside,
        department=principal.department and principal.department.value,
        sees_others=policy.towns_see_ranking,
    )
    return _read(source, area, shown(source.content, reader), is_protected=is_outside)


async def _chosen(
    session: AsyncSession,
    kind: SheetKind,
    period: Period,
    county: str,
    version: int | None,
    is_own: bool,
    is_outside: bool,
) -> Sheet | None:
    """Give the version that is wanted; outside the county only the newest: two would tell by their difference."""
    wanted_version = None if is_outside else version
    sheet = await store.get(session, kind.id, period.name, county, version=wanted_version, is_issued=not is_own)
    if version is not None and (sheet is None or sheet.version != version):
        raise SheetNotFound("no such version within your reach")
    return sheet


def _read(source: Source, area: str, tables: Sequence[ShownTable], *, is_protected: bool) -> Read:
    sheet, missing = source.sheet, source.content.missing
    ended = is_over(source.period, clock.today())
    head = Head(
        title=source.title,
        state=source.state,
        version=sheet.version if sheet else None,
        through=None if ended else source.through,
        missing=list(dict.fromkeys(INDICATORS[name].zh for name, _ in missing)),
        is_protected=is_protected,
        signed=source.signed,
    )
    told = SheetShown(
        kind=source.kind.id,
        period=source.period.name,
        area_code=area,
        county_code=source.county,
        title=source.title,
        state=source.state,
        is_over=ended,
        is_protected=is_protected,
        sheet=None if sheet is None else _out(sheet),
        missing=[
            {"indicator_id": name, "label": {"zh": INDICATORS[name].zh, "en": INDICATORS[name].en}, "period": of}
            for name, of in missing
        ],
        tables=[out_of(table) for table in tables],
        schedulings=None if source.county is None else _SCHEDULINGS.format(source.county, source.period.name),
    )
    return Read(head, told, tables)


async def _of_counties(session: AsyncSession, kind: SheetKind, period: Period, area: str, query: SheetQuery) -> Read:
    """Give what the counties of an area issued, one row each."""
    if query.draft or query.version is not None:
        raise SheetNotFound("of several counties there is what each of them issued last")
    issued = await store.newest_issued(session, kind.id, period.name, area)
    known = await store.counties(session, area)
    contents = {sheet.area_code: Content.model_validate(sheet.content) for sheet in issued}
    content, tables = of_counties(known, contents)
    title = await _title(session, kind, period, area)
    return _read(Source(kind, period, None, None, title, content, period.last), area, tables, is_protected=True)


async def _made(session: AsyncSession, kind: SheetKind, period: Period, county: str) -> Made:
    """Make a sheet of the newest figures."""
    asked, today = wanted(kind, period), clock.today()
    newest = await store.newest(session, asked, today)
    leaves = await store.leaves(session, asked, county, today)
    making = Making(
        kind=kind,
        county=county,
        period=period,
        places=await store.places(session, county, period.first),
        versions={key: version for key, (version, _) in newest.items()},
        sums=added_up(leaves, county),
        tags=await store.tags(session, county, min(period.last, today)),
    )
    of_period = [through for (_, of), (_, through) in newest.items() if period_of(of).last >= period.last]
    return Made(making.content(), min([period.last, *of_period]))


async def _title(session: AsyncSession, kind: SheetKind, period: Period, area: str) -> str:
    names = await directory.names_of(session, {area})
    year, part = period.name.split("-")
    form = texts.QUARTER if part.startswith("Q") else texts.MONTH
    return form.format(area=names.get(area, area), year=year, number=int(part.removeprefix("Q")), zh=kind.zh)


def _digest(content: dict[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kind(name: str) -> SheetKind:
    if name not in KINDS:
        raise SheetKindUnknown("no such kind of sheet")
    return KINDS[name]


def _period(kind: str, name: str) -> Period:
    period = period_of(name)
    if period.kind != KINDS[kind].period or period.first > clock.today():
        raise SheetPeriodUnfit(f"this sheet is of each {KINDS[kind].period}, and of those that have begun")
    return period


def _is_of_county(principal: Principal, county: str) -> bool:
    """Tell whether the caller keeps the county's sheets: not for a department, and from neither above nor within."""
    return principal.department is None and principal.covers(county) and not is_outside_county(principal)


def _require_county(principal: Principal, county: str) -> None:
    access.require_supervisor(principal)
    principal.require_reach(county)
    if areas.level_of(county) != "county" or not _is_of_county(principal, county):
        raise SheetOfCounty("a sheet is a county's, made by the county")


def _out(sheet: Sheet) -> SheetOut:
    return SheetOut.model_validate(sheet.model_dump(exclude={"content"}) | {"state": sheet.state})
