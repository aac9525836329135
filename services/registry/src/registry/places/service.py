"""Use cases of groups, grids and sites.

Households and terms name them by name, as files write it; the register says which names there are, where somebody
keeps one. What stands in a village goes where the village goes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.area_vocabulary import PlaceKind
from contracts.errors import FieldError
from contracts.parameters import Profile
from registry.places import rules, store
from registry.places.problems import PlaceNotEmpty, PlaceNotFound, PlacesInvalid, PlaceTaken
from registry.places.rules import Counted, Named, Told
from registry.places.schemas import (
    PlaceOut,
    PlacePage,
    PlacePatch,
    PlaceQuery,
    PlacesIn,
    PlacesOut,
    UnlistedOut,
    UnlistedPage,
    UnlistedQuery,
    WarningOut,
)
from registry.places.store import end_in_closed, households_of, leave_grids
from registry.places.tables import Place
from registry.places.texts import FAULTS
from registry.policy import service as policy
from servicekit import areas, clock, etags, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

__all__ = [
    "end_in_closed",
    "follow_village",
    "households_of",
    "leave_grids",
    "of_village",
    "unknown_names",
]

_STAFF = "staff:read"


async def unknown_names(
    session: AsyncSession, kind: PlaceKind, named: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Give those of these villages and names where places of the kind are registered, and none has the name."""
    return await store.unknown_names(session, kind, named, clock.today()) if named else set()


async def register(session: AsyncSession, principal: Principal, body: PlacesIn) -> PlacesOut:
    """Register places, all or none.

    Raises:
        OutsideArea: a village is not the caller's.
        PlacesInvalid: a village is not there or over, a name is taken, or only a site has what is said.
        PlaceTaken: somebody else registered one meanwhile.
    """
    for each in body.places:
        principal.require_area(each.village_code)
    await store.hold(session)
    open_villages = await store.villages(session, {each.village_code for each in body.places}, clock.today())
    faults = [
        FieldError.told(FAULTS, "village_code.unknown", f"/places/{position}/village_code")
        for position, each in enumerate(body.places)
        if each.village_code not in open_villages
    ]
    if faults:
        raise PlacesInvalid(f"{len(faults)} place(s) are in no village that is open", errors=faults)
    told = [
        Told(
            **each.model_dump(include={*Named.__dataclass_fields__, *Told.__dataclass_fields__} - {"has_stations"}),
            has_stations=bool(each.stations),
        )
        for each in body.places
    ]
    scopes = {each.scope for each in told} | {each.village_code[:6] for each in told}
    known = await store.sharing(session, scopes)
    if faults := rules.check(told, [_named(each) for each in known], _sites(known)):
        raise PlacesInvalid(f"{len(faults)} thing(s) are wrong; nothing was taken", errors=faults)
    made = [
        Place(
            id=UUID(ids.new_id()),
            source_document=body.source_document,
            updated_at=clock.now(),
            updated_by=principal.actor,
            **each.model_dump(mode="python"),
        )
        for each in body.places
    ]
    session.add_all(made)
    await _flush(session)
    return PlacesOut(items=await _shown(session, principal, [each.id for each in made]))


def _named(place: Place) -> Named:
    return Named(PlaceKind(place.kind), place.village_code, place.name, place.suffix, place.valid_from, place.valid_to)


def _sites(known: Collection[Place]) -> set[tuple[str, str]]:
    return {(each.scope, each.name) for each in known if each.kind == PlaceKind.SITE}


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in ("place_name_excl", "place_suffix_excl"):
            raise PlaceTaken("another one has the name or the code in these days") from error
        raise


async def patch(
    session: AsyncSession, principal: Principal, place_id: UUID, body: PlacePatch, if_match: str | None
) -> PlaceOut:
    """Change what is known of a place, or end it.

    Raises:
        PlaceNotFound, PreconditionRequired, PreconditionFailed, PlacesInvalid, PlaceTaken
        PlaceNotEmpty: households, terms or grids name it.
    """
    await store.hold(session)
    place = await store.get(session, place_id)
    if place is None or not principal.covers(place.village_code):
        raise PlaceNotFound("no such place within your areas")
    etags.require_match(if_match, place.version)
    given = body.model_dump(exclude_unset=True)
    given = {name: value for name, value in given.items() if value is not None or name not in _KEPT}
    after = {
        name: given.get(name, getattr(place, name)) for name in Told.__dataclass_fields__ if name != "has_stations"
    }
    told = Told(**after | {"kind": PlaceKind(place.kind)}, has_stations=bool(given.get("stations", place.stations)))
    known = await store.sharing(session, {place.village_code[:6]}) if told.site is not None else []
    keys = [*rules.wrong_itself(told, _sites(known))]
    if told.valid_to != place.valid_to and not await store.villages(session, {place.village_code}, clock.today()):
        keys.append("valid_to.village")
    if keys:
        faults = [FieldError.told(FAULTS, key, f"/{key.partition('.')[0]}") for key in keys]
        raise PlacesInvalid(f"{len(faults)} thing(s) are wrong; nothing was changed", errors=faults)
    ends = told.valid_to if told.valid_to != place.valid_to else None
    if ends is not None and await store.is_named(session, place, ends):
        raise PlaceNotEmpty("households, terms or grids name it")
    for name, value in given.items():
        setattr(place, name, value)
    place.version += 1
    place.updated_at, place.updated_by = clock.now(), principal.actor
    await _flush(session)
    return await show(session, principal, place_id)


_KEPT = ("stations", "source_document")  # a list that is empty is said by []


async def show(session: AsyncSession, principal: Principal, place_id: UUID) -> PlaceOut:
    """Give a place.

    Raises:
        PlaceNotFound
    """
    found = await _shown(session, principal, [place_id])
    if not found:
        raise PlaceNotFound("no such place within your areas")
    return found[0]


async def _shown(session: AsyncSession, principal: Principal, place_ids: Sequence[UUID]) -> list[PlaceOut]:
    """Give those of these places that the caller sees, in the order in which they are named."""
    clause, values = principal.area_clause("p.village_code", store.IN_GRID)
    asked = {**values, "ids": [str(each) for each in place_ids], "day": clock.today()}
    rows = await store.page(session, [clause, "p.id = ANY(CAST(:ids AS uuid[]))"], asked, limit=len(place_ids))
    if not rows:
        return []
    county = areas.common_root(*{str(row["area_code"]) for row in rows})
    profile = await policy.parameters_for(session, county, clock.today())
    by_id = {str(row["id"]): _out(row, principal, profile) for row in rows}
    return [by_id[str(each)] for each in place_ids if str(each) in by_id]


def _out(row: dict[str, Any], principal: Principal, profile: Profile) -> PlaceOut:
    counted = Counted(
        PlaceKind(row["kind"]),
        row["households"],
        row["persons"],
        len(row["workers"]),
        row["grids"],
        row["households_declared"],
        row["persons_declared"],
        row["stations"],
    )
    if _STAFF not in principal.scopes:
        row = row | {"workers": [worker | {"name": None} for worker in row["workers"]]}
    warnings = [WarningOut(code=code, text=said) for code, said in rules.warnings(counted, profile)]
    return PlaceOut.model_validate(row | {"warnings": warnings})


async def page(
    session: AsyncSession, principal: Principal, wanted: PlaceQuery, after: Sequence[Any] | None
) -> PlacePage:
    """Give a page of the places of the caller's areas that are there on a day, by village and kind.

    Raises:
        OutsideArea
    """
    caller = principal.within(wanted.area)
    clause, values = caller.area_clause("p.village_code", store.IN_GRID)
    day = wanted.as_of or clock.today()
    conditions, parameters = [clause, store.valid()], {**values, "day": day}
    if wanted.kind is not None:
        conditions.append("p.kind = :kind")
        parameters["kind"] = wanted.kind.value
    if after is not None:
        conditions.append("(p.village_code, p.kind, p.id) > (:after_village, :after_kind, CAST(:after_id AS uuid))")
        parameters |= dict(zip(("after_village", "after_kind", "after_id"), map(str, after), strict=True))
    rows = await store.page(session, conditions, parameters, limit=wanted.limit + 1)
    profile = await policy.parameters_for(session, areas.common_root(*caller.areas), clock.today())
    items = [_out(row, principal, profile) for row in rows[: wanted.limit]]
    last = items[-1] if len(rows) > wanted.limit else None
    return PlacePage(
        items=items, next_cursor=encode_cursor([last.area_code, last.kind.value, last.id]) if last else None
    )


async def unlisted(
    session: AsyncSession, principal: Principal, wanted: UnlistedQuery, after: Sequence[str] | None
) -> UnlistedPage:
    """Give a page of the names that households write and no place of the kind has: what is still to be registered.

    Raises:
        OutsideArea
    """
    clause = principal.within(wanted.area).area_clause("h.village_code")
    values = {"today": clock.today(), "limit": wanted.limit + 1}
    values |= {"after_village": after[0] if after else None, "after": after[1] if after else None}
    rows = await store.unlisted(session, wanted.kind, clause, values)
    items = [UnlistedOut(kind=wanted.kind, **row) for row in rows[: wanted.limit]]
    is_last = len(rows) <= wanted.limit
    return UnlistedPage(
        items=items, next_cursor=None if is_last else encode_cursor([items[-1].area_code, items[-1].name])
    )


async def of_village(session: AsyncSession, village: str, place_ids: Collection[UUID]) -> bool:
    """Tell whether all of these are groups, grids or sites of a village that are not over."""
    return {*place_ids} <= {each.id for each in await store.of_village(session, village, clock.today())}


async def follow_village(
    session: AsyncSession,
    villages: tuple[str, str],
    since: date,
    by: str,
    *,
    only: Collection[UUID] | None = None,
) -> list[str]:
    """Let the places of a village, or some of them, go where it went; give the names of the grids that did.

    Each ends the day before and goes on in the other village for the rest of its days; one whose name is there in
    these days is that one from then on. A code that is there already is left behind.

    Args:
        villages: The old one and the new one.
        since: The first day on which they are in the new one.
        only: Those that go, of a split.
    """
    old, new = villages
    going = [each for each in await store.of_village(session, old, since) if only is None or each.id in only]
    follow = [_next(each, new, since, by) for each in going]
    for place in going:
        place.valid_to = max(place.valid_from, since - timedelta(days=1))
        place.version += 1
        place.updated_at, place.updated_by = clock.now(), by
    await session.flush()  # a site's name is free in the county from its day on
    there = [_named(each) for each in await store.sharing(session, {new, new[:6]})]
    for place in follow:
        named = _named(place)
        taken = {*rules.taken(named, there)}
        if "name.taken" in taken:
            continue
        if "suffix.taken" in taken:
            place.suffix = None
        session.add(place)
        there.append(_named(place))
    await session.flush()
    return [place.name for place in going if place.kind == PlaceKind.GRID]


def _next(place: Place, village: str, since: date, by: str) -> Place:
    stays = place.model_dump(
        include={"kind", "name", "suffix", "site", "valid_to", "households_declared", "persons_declared", "stations",
                 "source_document"}
    )  # fmt: skip
    return Place(
        **stays,
        id=UUID(ids.new_id()),
        village_code=village,
        valid_from=max(place.valid_from, since),
        came_from=place.id,
        updated_at=clock.now(),
        updated_by=by,
    )
