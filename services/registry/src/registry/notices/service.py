"""Use cases of public notices: making one, listing, printing while it hangs, taking it down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState, MonitorCategory
from registry.areas import service as registered
from registry.households import service as households
from registry.identity import open_identity
from registry.notices import rules, store
from registry.notices.kinds import ASKS, DAY, HANGS, KINDS, LEADS, TITLES, WHERE, Column, NoticeKind
from registry.notices.problems import NoticeInvalid, NoticeNotFound, NoticeOver
from registry.notices.schemas import (
    NoticeDetail,
    NoticeIn,
    NoticeOut,
    NoticePage,
    NoticeQuery,
    NoticeWithdrawal,
    PrintOut,
    State,
)
from registry.notices.tables import Notice, NoticePrint
from registry.notices.timeline import TIMELINE as TIMELINE
from registry.policy import service as policy
from registry.settings import IdentityKeys
from servicekit import areas, clock, ids
from servicekit.auth import Principal
from servicekit.documents import Document, Lines, Rows
from servicekit.paging import encode_cursor


async def post(session: AsyncSession, principal: Principal, body: NoticeIn) -> NoticeOut:
    """Make a notice: its rows are what the register says now, and stay.

    Raises:
        OutsideArea: the area is not the caller's, or there is none.
        NoticeInvalid: an episode that may not stand in it, too few days, a number of a person.
    """
    principal.require_area(body.area_code)
    area = await registered.show(session, principal, body.area_code)
    kind = KINDS[body.kind]
    parameters = await policy.parameters_for(session, body.area_code, clock.today())
    texts: dict[str, str | None] = {"/issuer": body.issuer}
    for place, entry in enumerate(body.entries):
        texts |= {f"/entries/{place}/title": entry.title, f"/entries/{place}/unit": entry.unit}
    found = [
        *rules.faults(
            kind,
            body.first_on,
            body.last_on,
            publicity_days=parameters.whole("clock.publicity_days"),
            has_episodes=bool(body.episode_ids),
            has_entries=bool(body.entries),
        ),
        *rules.numbers(texts),
    ]
    rows, faults = await _rows(session, principal, body)
    found += faults
    if found:
        raise NoticeInvalid(f"{len(found)} thing(s) are wrong with the notice", errors=found)
    notice = Notice(
        id=UUID(ids.new_id()),
        **body.model_dump(exclude={"kind", "episode_ids", "entries"}),
        kind=body.kind.value,
        area_name=area.name,
        rows=rows,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(notice)
    await session.flush()
    return _out(notice)


async def _rows(
    session: AsyncSession, principal: Principal, body: NoticeIn
) -> tuple[list[dict[str, Any]], list[FieldError]]:
    if body.entries:
        return [entry.model_dump(mode="json") for entry in body.entries], []
    clause, values = principal.area_clause("h.village_code", households.IN_GRID)
    wanted = [str(episode_id) for episode_id in body.episode_ids]
    known = await store.episodes(session, wanted, clause, dict(values))
    kind = KINDS[body.kind]
    rows, found = [], []
    for place, episode_id in enumerate(wanted):
        pointer = f"/episode_ids/{place}"
        if episode_id in wanted[:place]:
            found.append(rules.fault("episode.repeated", pointer))
        elif episode_id not in known:
            found.append(rules.fault("episode.unknown", pointer))
        elif not areas.is_within(known[episode_id]["village_code"], body.area_code):
            found.append(rules.fault("episode.elsewhere", pointer))
        elif (state := EpisodeState(known[episode_id]["state"])) not in kind.states:
            found.append(rules.fault("episode.state", pointer, zh=state.label, en=state.english))
        else:
            rows.append(_row(body.kind, known[episode_id]))
    return rows, found


def _row(kind: NoticeKind, episode: dict[str, Any]) -> dict[str, Any]:
    said = {"episode_id": episode["episode_id"], "household_id": episode["household_id"], "head_id": episode["head_id"]}
    if rules.is_minor(episode["birth_date"], clock.today()):
        said["head_id"] = None  # its masked name is printed
    for column in KINDS[kind].columns:
        value = episode[column]
        said[column] = value.isoformat() if isinstance(value, date) else value
    return said


async def show(session: AsyncSession, principal: Principal, notice_id: UUID) -> NoticeDetail:
    """Give a notice, names masked, with who was given its page.

    Raises:
        NoticeNotFound
    """
    notice = _out(await _require(session, principal, notice_id))
    prints = [PrintOut.model_validate(each.model_dump()) for each in await store.prints(session, notice_id)]
    return NoticeDetail(**dict(notice), prints=prints)


async def page(session: AsyncSession, principal: Principal, wanted: NoticeQuery, after: str | None) -> NoticePage:
    """Give a page of the notices of the caller's areas, newest first.

    Raises:
        OutsideArea
    """
    clause, found = principal.within(wanted.area).area_clause("n.area_code")
    conditions, values = [clause], {**found, "today": clock.today(), "limit": wanted.limit + 1}
    if wanted.kind is not None:
        conditions.append("n.kind = :kind")
        values["kind"] = wanted.kind.value
    if wanted.state is not None:
        conditions.append(store.STATES[wanted.state])
    if after is not None:
        conditions.append("n.id < CAST(:after AS uuid)")
        values["after"] = after
    notices = await store.page(session, conditions, values)
    items = [_out(notice) for notice in notices[: wanted.limit]]
    more = len(notices) > wanted.limit
    return NoticePage(items=items, next_cursor=encode_cursor([items[-1].id]) if more else None)


async def withdraw(session: AsyncSession, principal: Principal, notice_id: UUID, body: NoticeWithdrawal) -> NoticeOut:
    """Take a notice down; it stays in the list, and is printed no more. What is down already stays as it is.

    Raises:
        NoticeNotFound
        NoticeOver: its time is over.
    """
    notice = await _require(session, principal, notice_id, lock=True)
    if notice.withdrawn_at is not None:
        return _out(notice)
    _require_posted(notice)
    notice.withdrawn_at, notice.withdrawn_by, notice.withdrawn_why = clock.now(), principal.actor, body.reason
    await session.flush()
    return _out(notice)


async def sheet(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, notice_id: UUID, form: str
) -> Document:
    """Give what is printed of a notice: heads by name, while it hangs. Who is given it is recorded first.

    Raises:
        NoticeNotFound, NoticeOver
    """
    notice = await _require(session, principal, notice_id)
    _require_posted(notice)
    session.add(
        NoticePrint(
            id=UUID(ids.new_id()),
            notice_id=notice_id,
            form=form,
            printed_at=clock.now(),
            printed_by=principal.actor,
        )
    )
    await session.flush()
    kind = KINDS[NoticeKind(notice.kind)]
    heads = await households.people(session, [row["head_id"] for row in notice.rows if row.get("head_id")])
    names = await asyncio.to_thread(_names, keys, heads)
    called = await policy.parameters_for(session, notice.area_code, notice.first_on)
    table = Rows(
        heads=[TITLES[column] for column in kind.columns],
        rows=[[_cell(column, row, names, called) for column in kind.columns] for row in notice.rows],
        is_numbered=True,
    )
    return Document(
        title=f"{notice.area_name}{kind.zh}",
        parts=[
            Lines([kind.says.format(place=notice.area_name)]),
            table,
            Lines(_after(notice, called, asks=kind.asks)),
            Lines([notice.issuer, DAY.format(notice.first_on)], is_signature=True),
        ],
    )


def _names(keys: IdentityKeys, heads: Sequence[households.Person]) -> dict[str, str]:
    return {
        str(head.id): open_identity(keys.cipher, head.identity, head.id_index, head.id_index_even).name
        for head in heads
    }


def _cell(column: Column, row: dict[str, Any], names: dict[str, str], called: Profile) -> str:
    value = row[column]
    if column is Column.HEAD:
        return names.get(row["head_id"], value or "") if row["head_id"] else value or ""
    if value is None:
        return ""
    if column is Column.CATEGORY:
        return called.text(f"names.category_{MonitorCategory(value).value}")
    if column is Column.AMOUNT:
        return f"{Decimal(value):,.2f}"
    if column in (Column.IDENTIFIED_ON, Column.ELIMINATED_ON):
        return DAY.format(date.fromisoformat(value))
    return str(value)


def _after(notice: Notice, called: Profile, *, asks: bool) -> list[str]:
    where = WHERE.format(contact=notice.contact) if notice.contact else ""
    days = {"first": DAY.format(notice.first_on), "last": DAY.format(notice.last_on)}
    leads = LEADS.format(lead=called.text("names.lead_department"), programme=called.text("names.programme"))
    return [(ASKS if asks else HANGS).format(**days, where=where), leads]


async def _require(session: AsyncSession, principal: Principal, notice_id: UUID, *, lock: bool = False) -> Notice:
    notice = await store.notice(session, notice_id, lock=lock)
    if notice is None or not principal.covers(notice.area_code):
        raise NoticeNotFound("no such notice within your areas")
    return notice


def _require_posted(notice: Notice) -> None:
    if _state(notice) != "posted":
        raise NoticeOver(f"the notice is {_state(notice)}")


def _state(notice: Notice) -> State:
    if notice.withdrawn_at is not None:
        return "withdrawn"
    return "over" if notice.last_on < clock.today() else "posted"


def _out(notice: Notice) -> NoticeOut:
    kind = KINDS[NoticeKind(notice.kind)]
    return NoticeOut(
        **notice.model_dump(exclude={"id", "kind"}),
        id=str(notice.id),
        kind=NoticeKind(notice.kind),
        title=f"{notice.area_name}{kind.zh}",
        state=_state(notice),
        columns=[TITLES[column] for column in kind.columns],
    )
