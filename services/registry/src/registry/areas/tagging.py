"""Use cases of tags: what counties and villages were designated as, from which day, by which document."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.area_vocabulary import AreaTag
from contracts.errors import FieldError
from registry.areas import rules, store
from registry.areas.problems import AreaNotFound, AreaTagged, TagInvalid, TagNotFound
from registry.areas.schemas import TagEnd, TagIn, TagOut, TagsOut
from registry.areas.tables import AreaTagging
from registry.areas.texts import TAG_FAULTS
from servicekit import clock, ids, locks
from servicekit.auth import Principal


async def tags(session: AsyncSession, principal: Principal, code: str) -> TagsOut:
    """Give every tag that an area has, had or will have, by its first day.

    Raises:
        AreaNotFound
    """
    if not principal.reaches(code) or await store.get(session, code) is None:
        raise AreaNotFound("no such area within your areas")
    found = await session.execute(
        select(AreaTagging)
        .where(AreaTagging.area_code == code)
        .order_by(col(AreaTagging.first_on), col(AreaTagging.tag))
        .execution_options(populate_existing=True)
    )
    return TagsOut(items=[TagOut.model_validate(each.model_dump()) for each in found.scalars()])


async def give(session: AsyncSession, principal: Principal, code: str, body: TagIn) -> TagsOut:
    """Say what an area was designated as.

    Raises:
        OutsideArea, AreaNotFound
        TagInvalid: no tag of areas of this level, or it ends before it begins.
        AreaTagged: it has the tag in these days.
    """
    principal.require_area(code)
    await locks.lock(session, locks.Lock.AREAS)
    area = await store.get(session, code)
    if area is None:
        raise AreaNotFound("no such area within your areas")
    keys = rules.wrong_tag(body.tag, area.level, (body.first_on, body.last_on), area.valid_to)
    if keys:
        faults = [FieldError.told(TAG_FAULTS, key, f"/{key.partition('.')[0]}") for key in keys]
        raise TagInvalid("no such tag of this area", errors=faults)
    session.add(_row(code, body.tag, body.first_on, body.last_on, body.source_document, principal.actor))
    await _flush(session)
    await store.announce_some(session, [code])
    return await tags(session, principal, code)


async def end(session: AsyncSession, principal: Principal, code: str, tag: AreaTag, body: TagEnd) -> TagsOut:
    """Say the last day of a tag that has none, or a later one.

    Raises:
        OutsideArea
        TagNotFound: the area has no such tag that is not over.
        TagInvalid: a day before its first, or later than its last.
    """
    principal.require_area(code)
    await locks.lock(session, locks.Lock.AREAS)
    running = [each for each in await _after(session, code, clock.today()) if each.tag == tag]
    if not running:
        raise TagNotFound("the area has no such tag that is not over")
    row = running[0]
    if body.last_on < row.first_on or (row.last_on is not None and body.last_on > row.last_on):
        fault = FieldError.told(TAG_FAULTS, "last_on.range", "/last_on")
        raise TagInvalid("not a last day of this tag", errors=[fault])
    row.last_on = body.last_on
    await session.flush()
    await store.announce_some(session, [code])
    return await tags(session, principal, code)


def _row(code: str, tag: str, first_on: date, last_on: date | None, source: str, by: str) -> AreaTagging:
    return AreaTagging(
        id=UUID(ids.new_id()),
        area_code=code,
        tag=tag,
        first_on=first_on,
        last_on=last_on,
        source_document=source,
        recorded_at=clock.now(),
        recorded_by=by,
    )


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "area_tag_excl":
            raise AreaTagged("the area has this tag in these days") from error
        raise


async def _after(session: AsyncSession, code: str, day: date) -> list[AreaTagging]:
    """Give the tags of an area that run on a day or later."""
    found = await session.execute(
        select(AreaTagging)
        .where(AreaTagging.area_code == code, text("coalesce(last_on >= :day, true)").bindparams(day=day))
        .order_by(col(AreaTagging.first_on), col(AreaTagging.tag))
        .execution_options(populate_existing=True)
    )
    return list(found.scalars())


async def follow_area(session: AsyncSession, old: str, new: str, since: date, by: str) -> None:
    """Let the tags of an area go where it went: each ends the day before and goes on in the other one.

    What the other area has in these days it has already.
    """
    there = await _after(session, new, since)
    for row in await _after(session, old, since):
        first_on, last_on = max(row.first_on, since), row.last_on
        row.last_on = max(row.first_on, since - timedelta(days=1))
        if not any(
            each.tag == row.tag and rules.meets((each.first_on, each.last_on), (first_on, last_on)) for each in there
        ):
            session.add(_row(new, row.tag, first_on, last_on, row.source_document, by))
    await session.flush()


async def end_in_closed(session: AsyncSession, today: date) -> None:
    """End the tags of areas that are over and from which nobody is still to move."""
    ended = await session.execute(
        text(
            "UPDATE area_tag t SET last_on = greatest(t.first_on, a.valid_to) FROM area a WHERE a.code = t.area_code"
            " AND a.valid_to < :today AND coalesce(t.last_on > a.valid_to, true)"
            " AND NOT EXISTS (SELECT FROM household h WHERE h.village_code = a.code AND h.status = 'active')"
            " AND NOT EXISTS (SELECT FROM area_succession s WHERE s.from_code = a.code AND s.applied_at IS NULL)"
            " RETURNING t.area_code"
        ),
        {"today": today},
    )
    if codes := set(ended.scalars()):
        await store.announce_some(session, sorted(codes))
