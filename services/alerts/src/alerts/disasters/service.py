"""Use cases of disasters: declared, corrected, counted by village, closed once nothing is owed.

Their households are `alerts.disasters.households`; a disaster is locked before them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.disasters import rules, store
from alerts.disasters.problems import (
    DebtsDue,
    DisasterClosed,
    DisasterInvalid,
    DisasterNotFound,
)
from alerts.disasters.rules import AffectedState, DisasterKind
from alerts.disasters.schemas import (
    Counts,
    DisasterDetail,
    DisasterIn,
    DisasterOut,
    DisasterPage,
    DisasterPatch,
    DisasterQuery,
    VillageCounts,
)
from alerts.disasters.tables import Disaster
from alerts.disasters.timeline import TIMELINE as TIMELINE
from servicekit import areas as codes
from servicekit import clock, etags
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

DECLARE = "disasters:write"


async def declare(session: AsyncSession, principal: Principal, body: DisasterIn) -> DisasterDetail:
    """Declare a disaster for a county.

    Raises:
        DisasterInvalid
        OutsideArea: one of its areas is not the caller's.
    """
    county = codes.county_of(body.areas[0])
    _require_sound(county, body)
    for area in body.areas:
        principal.require_area(area)
    now = clock.now()
    disaster = Disaster(
        id=new_id(),
        county_code=county,
        declared_by=principal.actor,
        declared_at=now,
        updated_at=now,
        **body.model_dump(mode="python") | {"kind": body.kind.value, "source": body.source.value},
    )
    session.add(disaster)
    await session.flush()
    return await read(session, principal, disaster.id)


def _require_sound(county: str, said: DisasterIn | Disaster) -> None:
    flaws = rules.flaws_of(county, said.areas, said.from_on, said.to_on, clock.today())
    if flaws:
        raise DisasterInvalid(f"{len(flaws)} point(s) are wrong", errors=flaws)


async def correct(
    session: AsyncSession, principal: Principal, disaster_id: str, body: DisasterPatch, if_match: str | None
) -> DisasterDetail:
    """Correct what is said of a disaster. Households that were taken in stay on its list.

    Raises:
        DisasterNotFound, DisasterClosed, DisasterInvalid, OutsideArea, PreconditionRequired, PreconditionFailed
    """
    disaster = await require_open(session, principal, disaster_id, whole=True)
    etags.require_match(if_match, disaster.version)
    for name, value in body.model_dump(exclude_unset=True).items():
        if value is not None:
            setattr(disaster, name, value)
    _require_sound(disaster.county_code, disaster)
    for area in disaster.areas:
        principal.require_area(area)
    await _changed(session, disaster)
    return await read(session, principal, disaster_id)


async def close(
    session: AsyncSession, principal: Principal, disaster_id: str, reason: str, if_match: str | None
) -> DisasterDetail:
    """Close a disaster once nothing is owed to whom it hit.

    Raises:
        DisasterNotFound, DisasterClosed, OutsideArea, PreconditionRequired, PreconditionFailed
        DebtsDue: households are not helped, not verified, or in the procedure still.
    """
    disaster = await require_open(session, principal, disaster_id, whole=True)
    etags.require_match(if_match, disaster.version)
    due = await store.due_anywhere(session, disaster_id)
    if due:
        raise DebtsDue(f"{sum(due.values())} households are owed something", open_by_state=due)
    disaster.closed_by, disaster.closed_at, disaster.closing_note = principal.actor, clock.now(), reason
    await _changed(session, disaster)
    return await read(session, principal, disaster_id)


async def _changed(session: AsyncSession, disaster: Disaster) -> None:
    disaster.version += 1
    disaster.updated_at = clock.now()
    await session.flush()


async def require_open(
    session: AsyncSession, principal: Principal, disaster_id: str, *, whole: bool = False
) -> Disaster:
    """Give a disaster that is not closed, locked.

    Args:
        whole: It is decided by whoever has all of its areas.

    Raises:
        DisasterNotFound, DisasterClosed, OutsideArea
    """
    seen = await store.touching(session, principal, disaster_id)
    disaster = await store.locked(session, disaster_id) if seen else None
    if disaster is None:
        raise DisasterNotFound("no such disaster in your areas")
    for area in disaster.areas if whole else ():
        principal.require_area(area)
    if disaster.closed_at is not None:
        raise DisasterClosed("the disaster is closed")
    return disaster


async def read(session: AsyncSession, principal: Principal, disaster_id: str) -> DisasterDetail:
    """Give a disaster with how far the caller's households are, by village: where it is most concentrated first.

    Raises:
        DisasterNotFound
    """
    seen = await store.touching(session, principal, disaster_id)
    if seen is None:
        raise DisasterNotFound("no such disaster in your areas")
    by_village: dict[str, list[Any]] = defaultdict(list)
    for row in await store.counted(session, principal, disaster_id):
        by_village[row.area_code].append(row)
    living = await store.living(session, principal, by_village)
    villages = []
    for area_code, rows in by_village.items():
        counts, known = _counts(rows), living.get(area_code)
        households = known.households if known else 0
        more = {"name": known.name if known else None, "households": households}
        share = rules.share(counts.affected, households)
        villages.append(VillageCounts(area_code=area_code, share=share, **more, **counts.model_dump()))
    villages.sort(key=lambda village: (-village.share, village.area_code))
    totals = _counts([row for rows in by_village.values() for row in rows])
    return DisasterDetail(totals=totals, villages=villages, **_out(seen).model_dump())


def _counts(rows: Iterable[Any]) -> Counts:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found["affected"] += row.households
        found["helped"] += row.households if row.is_helped else 0
        name = "waiting" if row.state == AffectedState.AFFECTED else row.state
        if name != AffectedState.HELPED:
            found[name] += row.households
    return Counts(**{name: found[name] for name in Counts.model_fields})


def _out(row: Mapping[str, Any]) -> DisasterOut:
    kind = DisasterKind(row["kind"])
    return DisasterOut.model_validate({**row, "kind_label": kind.label, "risk_type": kind.risk})


async def page(session: AsyncSession, principal: Principal, wanted: DisasterQuery, before: str | None) -> DisasterPage:
    """Give a page of the disasters that touch the caller's areas, the newest first.

    Raises:
        OutsideArea
    """
    rows = await store.page(session, principal.within(wanted.area), wanted, before, wanted.limit + 1)
    shown = rows[: wanted.limit]
    return DisasterPage(
        items=[_out(row) for row in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(rows) > wanted.limit else None,
    )
