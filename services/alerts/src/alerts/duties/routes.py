"""HTTP edge of duties."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from alerts.directory import service as directory
from alerts.duties import problems, rules, service
from alerts.duties.schemas import (
    ClockOut,
    DutyChanges,
    DutyCounts,
    DutyDetail,
    DutyFilter,
    DutyPage,
    DutyQuery,
    DutyRow,
    DutyShown,
    HandOverIn,
    NoteIn,
)
from contracts.vocabulary import FieldClass
from servicekit import changes
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.changed import ChangesQuery
from servicekit.changes import Followed, StartAgain
from servicekit.conflicts import Decision, NothingToSettle, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import InvalidInput, PreconditionFailed, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED
from servicekit.titling import Titling

router = APIRouter(prefix="/v1/duties", tags=["duties"])

_CLASSES = (FieldClass.S2, FieldClass.S4)
Reader = Annotated[
    Principal,
    requires(
        "duties:read", purpose="查看到期须办事项 / see what must be done by a day", classes=(*_CLASSES, FieldClass.S3)
    ),
]
Assigned = Annotated[
    Principal,
    requires(rules.HANDLE, purpose="办理到期须办事项 / act on what must be done by a day", classes=_CLASSES),
]
DutyId = Annotated[str, Path(pattern=r"^[A-Z]\d{2}-[0-9A-Za-z-]{1,60}$")]
Key = Annotated[IdempotencyKey, Depends()]
IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_FOLLOWED = Followed(
    "duty", area="area_code", in_grid=directory.in_grid("t.household_id"), department="department", key=str
)
_ACTING = (problems.DutyNotFound, problems.NotYours, problems.DutyClosed, PreconditionFailed, KeyReused)


@router.get("", response_model=DutyPage, responses=responses(OutsideArea, InvalidInput))
async def list_duties(
    principal: Reader, database: Db, titling: Titling, query: Annotated[DutyQuery, Query()]
) -> DutyPage:
    """到期须办事项 / What must be done by a day, in the caller's areas and of its department; due first.

    `assignee=me` gives those that the caller has in hand. Rows carry the titles of their households.
    """
    async with database.transaction() as session:
        page = await service.list_page(session, principal, query)
    titles = await titling.of(page.items)
    return DutyPage(**dict(page) | {"items": titles.on(page.items, DutyRow), "titles": titles.state})


@router.get("/changes", response_model=DutyChanges, responses=responses(OutsideArea, InvalidInput, StartAgain))
async def list_duty_changes(
    principal: Reader, database: Db, titling: Titling, query: Annotated[ChangesQuery, Query()]
) -> DutyChanges:
    """事项变更 / Duties that changed since a token, closed ones too, for an application that was offline."""
    own = principal.within(query.area)
    told = await changes.page(database, _FOLLOWED, own, query)
    async with database.transaction() as session:
        items = await service.given(session, own, told.ids)
    titles = await titling.of(items)
    return DutyChanges(**dict(told.rest), items=titles.on(items, DutyRow), titles=titles.state)


@router.get("/counts", response_model=DutyCounts, responses=responses(OutsideArea, InvalidInput))
async def count_duties(principal: Reader, session: Tx, query: Annotated[DutyFilter, Query()]) -> DutyCounts:
    """事项计数 / Duties by kind, state and area of the next level, of what the list would show."""
    return await service.counts(session, principal, query)


@router.get(
    "/{duty_id}",
    response_model=DutyShown,
    responses=responses(problems.DutyNotFound) | UNCHANGED,
    dependencies=[REVALIDATED],
)
async def read_duty(
    duty_id: DutyId, principal: Reader, database: Db, titling: Titling, response: Response
) -> DutyShown:
    """一件事项 / A duty with what was said on it and what its clock does."""
    async with database.transaction() as session:
        duty = await service.read(session, principal, duty_id)
    response.headers["ETag"] = etag_of(duty.version)
    titles = await titling.of([duty])
    return titles.one(duty, DutyShown, titles=titles.state)


@router.get("/{duty_id}/clock", response_model=ClockOut, responses=responses(problems.DutyNotFound))
async def read_duty_clock(duty_id: DutyId, principal: Reader, session: Tx) -> ClockOut:
    """为什么到期或逾期 / Why it is due or late, day by day."""
    return await service.days(session, principal, duty_id)


class _Asked:
    """Once for which key, on which version; without one as the duty is."""

    def __init__(self, key: Key, if_match: IfMatch = None) -> None:
        self.key = key
        self.if_match = if_match


Asked = Annotated[_Asked, Depends()]


@router.post("/{duty_id}/accept", response_model=DutyDetail, responses=responses(*_ACTING, problems.InOtherHands))
async def accept_duty(
    duty_id: DutyId, principal: Assigned, database: Db, response: Response, asked: Asked
) -> DutyDetail:
    """接手事项 / Take a duty in hand. Its result is given to what it is about; that closes it.

    An ETag that is no longer current is refused, and what was wanted stays in `refused`; so for the other steps.
    """
    decision = Decision(service.SUBJECT, duty_id, {"change": "accept"}, asked.if_match)
    async with deciding(database, principal, decision) as session:

        async def create() -> DutyDetail:
            return await service.accept(session, principal, duty_id, asked.if_match)

        route = f"duties.accept.{duty_id}"
        duty = await asked.key.once(session, principal, route, None, create, DutyDetail, response)
    response.headers["ETag"] = etag_of(duty.version)
    return duty


@router.post(
    "/{duty_id}/hand-over",
    response_model=DutyDetail,
    responses=responses(*_ACTING, problems.InOtherHands, problems.HandOverUnfit),
)
async def hand_over_duty(
    duty_id: DutyId,
    body: HandOverIn,
    request: Request,
    principal: Assigned,
    database: Db,
    response: Response,
    asked: Asked,
) -> DutyDetail:
    """移交事项 / Give a duty to somebody else who may act on it: a person (`staff:<id>`), or a client."""
    given = service.HandOver(body.to, body.text)
    decision = Decision(
        service.SUBJECT, duty_id, {"change": "hand_over", "to": body.to, "text": body.text}, asked.if_match
    )
    async with deciding(database, principal, decision) as session:

        async def create() -> DutyDetail:
            rights = request.app.state.rights
            return await service.hand_over(session, principal, rights, duty_id, given, asked.if_match)

        route = f"duties.hand_over.{duty_id}"
        duty = await asked.key.once(session, principal, route, body, create, DutyDetail, response)
    response.headers["ETag"] = etag_of(duty.version)
    return duty


@router.post("/{duty_id}/notes", status_code=201, response_model=DutyDetail, responses=responses(*_ACTING))
async def note_on_duty(
    duty_id: DutyId, body: NoteIn, principal: Assigned, database: Db, response: Response, asked: Asked
) -> DutyDetail:
    """事项备注 / Leave a note on a duty."""
    decision = Decision(service.SUBJECT, duty_id, {"change": "note", "text": body.text}, asked.if_match)
    async with deciding(database, principal, decision) as session:

        async def create() -> DutyDetail:
            return await service.note(session, principal, duty_id, body.text, asked.if_match)

        route = f"duties.note.{duty_id}"
        duty = await asked.key.once(session, principal, route, body, create, DutyDetail, response)
    response.headers["ETag"] = etag_of(duty.version)
    return duty


@router.post(
    "/{duty_id}/refused/{refused_id}/settle",
    response_model=DutyDetail,
    responses=responses(problems.DutyNotFound, problems.NotYours, NothingToSettle),
)
async def settle_refused(
    duty_id: DutyId, refused_id: UUID, principal: Assigned, session: Tx, response: Response
) -> DutyDetail:
    """处理未生效的办理 / Say that what was refused as stale needs nobody any more."""
    duty = await service.settle_refused(session, principal, duty_id, str(refused_id))
    response.headers["ETag"] = etag_of(duty.version)
    return duty
