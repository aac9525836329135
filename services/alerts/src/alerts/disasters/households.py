"""Use cases of the households that a disaster hit: taken in as clues, helped, taken off the list, written off.

A disaster is locked before its households.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import service as clues
from alerts.directory import service as directory
from alerts.disasters import rules, store
from alerts.disasters.problems import (
    AffectedNotFound,
    AffectedOver,
    DisasterInvalid,
    DisasterNotFound,
    TooManyHouseholds,
)
from alerts.disasters.rules import AffectedState, DisasterKind
from alerts.disasters.schemas import (
    AffectedDetail,
    AffectedIn,
    AffectedOut,
    AffectedQuery,
    AffectedRows,
    AffectedTaken,
    HarmIn,
    HelpIn,
    HelpOut,
    TakenIn,
    ZoneIn,
    ZoneTaken,
)
from alerts.disasters.service import require_open
from alerts.disasters.tables import Disaster, DisasterHelp, DisasterHousehold
from alerts.subscriptions import service as subscriptions
from contracts.vocabulary import Severity
from servicekit import clock, etags
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor


async def take_list(
    session: AsyncSession, principal: Principal, disaster_id: str, items: Sequence[AffectedIn]
) -> AffectedTaken:
    """Take in households that a disaster hit, each judged alone. What happened to one that is listed is corrected.

    Raises:
        DisasterNotFound, DisasterClosed
    """
    disaster = await require_open(session, principal, disaster_id)
    own = await store.own_households(session, principal, [item.household_id for item in items])
    results: dict[int, str] = {}
    wanted: dict[str, AffectedIn] = {}
    for place, item in enumerate(items):
        area, has_ended = own.get(item.household_id, ("", False))
        if not area:
            results[place] = "unknown"
        elif item.household_id in wanted:
            results[place] = "twice"
        elif has_ended:
            results[place] = "ended"
        elif not rules.is_hit(area, disaster.areas):
            results[place] = "outside"
        else:
            wanted[item.household_id] = item
    said = {home: (own[home][0], _harm(item)) for home, item in wanted.items()}
    done = await _take_in(session, principal, disaster, said)
    clue_of = await store.clue_of(session, [row.id for row, _ in done.values()])
    shown = []
    for place, item in enumerate(items):
        if place in results:
            shown.append(TakenIn(place=place, household_id=item.household_id, result=results[place]))
            continue
        row, result = done[item.household_id]
        ids = {"affected_id": row.id, "clue_id": clue_of[row.id]}
        shown.append(TakenIn(place=place, household_id=item.household_id, result=result, **ids))
    added = sum(one.result == "added" for one in shown)
    return AffectedTaken(added=added, refused=len(results), items=shown)


async def take_zone(session: AsyncSession, principal: Principal, disaster_id: str, body: ZoneIn) -> ZoneTaken:
    """Take in every household of an area or hazard zone; those that are listed stay as they are.

    Raises:
        DisasterNotFound, DisasterClosed, OutsideArea
        TooManyHouseholds
    """
    disaster = await require_open(session, principal, disaster_id)
    found = await store.of_zone(session, principal.within(body.area_code), body.grid, rules.MOST_OF_AREA + 1)
    if len(found) > rules.MOST_OF_AREA:
        raise TooManyHouseholds(f"more than {rules.MOST_OF_AREA} households", most=rules.MOST_OF_AREA)
    hit = {home: area for home, area in found.items() if rules.is_hit(area, disaster.areas)}
    before = await store.listed(session, disaster_id, hit) if hit else {}
    said = {home: (area, _harm(body)) for home, area in hit.items() if home not in before}
    done = await _take_in(session, principal, disaster, said)
    added = sum(result == "added" for _, result in done.values())
    return ZoneTaken(added=added, already=len(hit) - added)


def _harm(said: HarmIn) -> HarmIn:
    return HarmIn.model_validate(said.model_dump(include=set(HarmIn.model_fields)))


async def _take_in(
    session: AsyncSession, principal: Principal, disaster: Disaster, said: Mapping[str, tuple[str, HarmIn]]
) -> dict[str, tuple[DisasterHousehold, str]]:
    """Put households (id -> village, harm) on the list and fold each into the open clue of the risk, or a new one."""
    if not said:
        return {}
    households = await directory.lock(session, {home: area for home, (area, _) in said.items()})
    listed = await store.listed(session, disaster.id, said)
    done: dict[str, tuple[DisasterHousehold, str]] = {}
    records: list[clues.SourceRecord] = []
    now = clock.now()
    for home, (area, harm) in said.items():
        content = harm.model_dump(mode="json")
        row = listed.get(home)
        if row is not None:
            is_same = row.harm == content
            if not is_same:
                row.harm, row.version, row.updated_at = content, row.version + 1, now
            done[home] = (row, "already" if is_same else "updated")
            continue
        record = _source(principal, disaster, home, area, harm)
        row = DisasterHousehold(
            id=record.source.id, disaster_id=disaster.id, harm=content, added_by=principal.actor, added_at=now,
            updated_at=now,
        )  # fmt: skip
        records.append(record)
        done[home] = (row, "added")
    if records:
        _, alerts = await clues.fold_records(session, records, households)
        session.add_all([row for row, result in done.values() if result == "added"])
        await session.flush()
        await subscriptions.publish(session, alerts)
    return done


def _source(
    principal: Principal, disaster: Disaster, household_id: str, area_code: str, harm: HarmIn
) -> clues.SourceRecord:
    kind = DisasterKind(disaster.kind)
    zh, en = rules.Harm(**harm.model_dump()).as_words()
    evidence = {"event": disaster.name, "kind": kind.label, "harm_zh": zh, "harm_en": en, "disaster_id": disaster.id}
    source = clues.Source(
        id=new_id(),
        household_id=household_id,
        area_code=area_code,
        risk_type=kind.risk.value,
        severity=Severity.RED,  # whoever was hit is looked at first
        channel=rules.CHANNEL[rules.ToldBy(disaster.source)],
        occurred_on=disaster.from_on,
    )
    return clues.SourceRecord(
        source=source,
        found_at=clock.now(),
        evidence=orjson.dumps(evidence).decode(),
        text=orjson.dumps(rules.SENTENCE).decode(),
        note=harm.note or None,
        occurred_on=disaster.from_on,
        reported_by=principal.actor,
    )


async def affected_page(
    session: AsyncSession, principal: Principal, disaster_id: str, wanted: AffectedQuery, after: str | None
) -> AffectedRows:
    """Give a page of the caller's households of a disaster, in the order in which they came.

    Raises:
        DisasterNotFound, OutsideArea
    """
    if await store.touching(session, principal, disaster_id) is None:
        raise DisasterNotFound("no such disaster in your areas")
    rows = await store.affected_page(session, principal.within(wanted.area), disaster_id, wanted, after)
    shown = rows[: wanted.limit]
    return AffectedRows(
        items=[_affected(row) for row in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(rows) > wanted.limit else None,
    )


def _affected(row: Mapping[str, Any]) -> AffectedOut:
    return AffectedOut.model_validate({**row, "state_label": AffectedState(row["state"]).label})


async def affected(session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str) -> AffectedDetail:
    """Give a household of a disaster with what it was given.

    Raises:
        AffectedNotFound
    """
    row = await store.affected(session, principal, disaster_id, affected_id)
    if row is None:
        raise AffectedNotFound("no such household of this disaster in your areas")
    given = [HelpOut.model_validate(each.model_dump()) for each in await store.help_of(session, affected_id)]
    return AffectedDetail(help=given, **_affected(row).model_dump())


async def give_help(
    session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str, body: HelpIn
) -> AffectedDetail:
    """Record what a household was given at once, before any procedure.

    Raises:
        DisasterNotFound, DisasterClosed, AffectedNotFound, AffectedOver
        DisasterInvalid: the day lies in the future, or before the disaster.
    """
    disaster, row = await _on_list(session, principal, disaster_id, affected_id)
    flaws = rules.help_flaws(body.given_on, disaster.from_on, clock.today())
    if flaws:
        raise DisasterInvalid("the day of the help is wrong", errors=flaws)
    given = DisasterHelp(
        id=new_id(), affected_id=row.id, what=body.what, given_on=body.given_on, recorded_by=principal.actor,
        recorded_at=clock.now(),
    )  # fmt: skip
    session.add(given)
    await _touched(session, row)
    return await affected(session, principal, disaster_id, affected_id)


async def remove(
    session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str, reason: str, if_match: str | None
) -> AffectedDetail:
    """Take a household off the list to which it came by mistake: its clue no longer stands on it.

    Raises:
        DisasterNotFound, DisasterClosed, AffectedNotFound, AffectedOver, PreconditionRequired, PreconditionFailed
    """
    _, row = await _on_list(session, principal, disaster_id, affected_id)
    etags.require_match(if_match, row.version)
    row.removed_by, row.removed_at, row.removed_because = principal.actor, clock.now(), reason
    await _touched(session, row)
    seen = await affected(session, principal, disaster_id, affected_id)
    households = await directory.lock(session, {seen.household_id: seen.area_code})
    await subscriptions.publish(session, await clues.take_back(session, row.id, households))
    return await affected(session, principal, disaster_id, affected_id)


async def write_off(
    session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str, reason: str, if_match: str | None
) -> AffectedDetail:
    """Write off what a household is owed and will not get. Its clue and its episode stay as they are.

    Raises:
        DisasterNotFound, DisasterClosed, AffectedNotFound, AffectedOver, OutsideArea, PreconditionRequired,
        PreconditionFailed
    """
    _, row = await _on_list(session, principal, disaster_id, affected_id, whole=True)
    etags.require_match(if_match, row.version)
    row.written_off_by, row.written_off_at, row.written_off_because = principal.actor, clock.now(), reason
    await _touched(session, row)
    return await affected(session, principal, disaster_id, affected_id)


async def _on_list(
    session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str, *, whole: bool = False
) -> tuple[Disaster, DisasterHousehold]:
    """Give a household that is on the list of an open disaster, and the disaster, which is locked."""
    disaster = await require_open(session, principal, disaster_id, whole=whole)
    if await store.affected(session, principal, disaster_id, affected_id) is None:
        raise AffectedNotFound("no such household of this disaster in your areas")
    row = await session.get_one(DisasterHousehold, affected_id, populate_existing=True)
    if row.removed_at is not None or row.written_off_at is not None:
        raise AffectedOver("the household was taken off the list, or written off")
    return disaster, row


async def _touched(session: AsyncSession, row: DisasterHousehold) -> None:
    row.version += 1
    row.updated_at = clock.now()
    await session.flush()
