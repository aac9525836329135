"""HTTP edge of petitions and public opinion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from alerts.duties import service as duties
from alerts.petitions import problems, service
from alerts.petitions.schemas import (
    DisposalIn,
    PetitionAmendIn,
    PetitionClueIn,
    PetitionCounts,
    PetitionDecisionIn,
    PetitionDetail,
    PetitionFilter,
    PetitionIn,
    PetitionNoteIn,
    PetitionPage,
    PetitionQuery,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.body import Body
from servicekit.crypto import FieldCipher
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/petitions", tags=["petitions"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[Principal, requires("petitions:read", purpose="查看信访舆情事项 / read petitions", classes=_CLASSES)]
Registrar = Annotated[
    Principal, requires("petitions:write", purpose="登记信访舆情事项 / register petitions", classes=_CLASSES)
]
Handler = Annotated[
    Principal, requires("duties:handle", purpose="登记信访舆情办理结果 / say what was done", classes=_CLASSES)
]
Confirmer = Annotated[
    Principal, requires("petitions:confirm", purpose="复核信访舆情办理结果 / confirm what was done", classes=_CLASSES)
]
PetitionId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_STEPS = (
    problems.PetitionNotFound, problems.PetitionIllegalStep, problems.PetitionInvalid, PreconditionFailed, KeyReused,
)  # fmt: skip
_KEPT = (*_STEPS, problems.PetitionNotRegistrar)


def _cipher(request: Request) -> FieldCipher:
    cipher: FieldCipher = request.app.state.cipher
    return cipher


Sealing = Annotated[FieldCipher, Depends(_cipher)]


class _Answer:
    """How a step is answered: once for its key, with the ETag that the next one names.

    What is kept for the repeat is the id alone: nothing of whoever asked.
    """

    def __init__(
        self,
        response: Response,
        key: Annotated[IdempotencyKey, Depends()],
        sealing: Sealing,
        if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
    ) -> None:
        self._response = response
        self._key = key
        self._sealing = sealing
        self._if_match = if_match

    def asked(self, principal: Principal, petition_id: str) -> service.Asked:
        """Give who asks for what."""
        return service.Asked(principal, petition_id, self._sealing, self._if_match)

    async def once(
        self,
        session: Tx,
        principal: Principal,
        route: str,
        body: Body,
        create: Callable[[], Awaitable[PetitionDetail]],
    ) -> PetitionDetail:
        """Take the step, or show what it was taken on."""

        async def kept() -> _Kept:
            return _Kept(id=(await create()).id)

        done = await self._key.once(session, principal, route, body, kept, _Kept, self._response)
        petition = await service.read(session, principal, done.id, self._sealing)
        self._response.headers["ETag"] = etag_of(petition.version)
        return petition


class _Kept(Body):
    id: str


Answer = Annotated[_Answer, Depends()]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_petitions(principal: Reader, session: Tx, query: Annotated[PetitionQuery, Query()]) -> PetitionPage:
    """信访舆情事项列表 / Items of the caller's areas and department, the newest first; nothing of whoever asked."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.get("/counts", responses=responses(OutsideArea, InvalidInput))
async def count_petitions(principal: Reader, session: Tx, query: Annotated[PetitionFilter, Query()]) -> PetitionCounts:
    """信访舆情统计 / Items by category, source, state and area of the next level."""
    return await service.counts(session, principal, query)


@router.post(
    "",
    status_code=201,
    responses=responses(
        OutsideArea, problems.PetitionInvalid, problems.PetitionKnown, problems.PetitionNotRegistrar, KeyReused
    ),
)
async def register_petition(
    body: PetitionIn, principal: Registrar, session: Tx, answer: Answer, sealing: Sealing, response: Response
) -> PetitionDetail:
    """登记信访舆情事项 / Take an item in, by hand or from the ticket system; its unit has the duty to deal with it."""

    async def create() -> PetitionDetail:
        return await service.register(session, principal, body, sealing)

    petition = await answer.once(session, principal, "petitions.register", body, create)
    response.headers["Location"] = f"/v1/petitions/{petition.id}"
    return petition


@router.get("/{petition_id}", responses=responses(problems.PetitionNotFound))
async def read_petition(
    petition_id: PetitionId, principal: Reader, session: Tx, sealing: Sealing, response: Response
) -> PetitionDetail:
    """一件信访舆情事项 / An item with its disposal, its clue's result and all that became of it."""
    petition = await service.read(session, principal, petition_id, sealing)
    response.headers["ETag"] = etag_of(petition.version)
    return petition


@router.put(
    "/{petition_id}",
    responses=responses(
        problems.PetitionNotFound, problems.PetitionIllegalStep, problems.PetitionInvalid, problems.PetitionKnown,
        problems.PetitionNotRegistrar, OutsideArea, PreconditionFailed, PreconditionRequired,
    ),
)  # fmt: skip
async def amend_petition(
    petition_id: PetitionId,
    body: PetitionAmendIn,
    principal: Registrar,
    session: Tx,
    sealing: Sealing,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
) -> PetitionDetail:
    """修改或转办信访舆情事项 / Let an item that is being dealt with read as it should, or give it to another unit."""
    petition = await service.amend(session, service.Asked(principal, petition_id, sealing, if_match), body)
    response.headers["ETag"] = etag_of(petition.version)
    return petition


@router.post("/{petition_id}/clue", responses=responses(*_KEPT))
async def open_petition_clue(
    petition_id: PetitionId, body: PetitionClueIn, principal: Registrar, session: Tx, answer: Answer
) -> PetitionDetail:
    """信访舆情转线索 / Let an item speak for a clue (CH5). The clue's result does not close the item."""
    asked = answer.asked(principal, petition_id)

    async def create() -> PetitionDetail:
        return await service.open_clue(session, asked, body)

    return await answer.once(session, principal, f"petitions.clue.{petition_id}", body, create)


@router.post(
    "/{petition_id}/disposal", responses=responses(*_STEPS, duties.NotYours, duties.NotInHand, duties.InOtherHands)
)
async def dispose_of_petition(
    petition_id: PetitionId, body: DisposalIn, principal: Handler, session: Tx, answer: Answer
) -> PetitionDetail:
    """登记办理结果 / Say what was done and what whoever asked was told, as who has the duty in hand."""
    asked = answer.asked(principal, petition_id)

    async def create() -> PetitionDetail:
        return await service.dispose(session, asked, body)

    return await answer.once(session, principal, f"petitions.disposal.{petition_id}", body, create)


@router.post("/{petition_id}/decision", responses=responses(*_KEPT, problems.PetitionSecondPerson))
async def decide_petition(
    petition_id: PetitionId, body: PetitionDecisionIn, principal: Confirmer, session: Tx, answer: Answer
) -> PetitionDetail:
    """复核或退回 / Close it, or return it, as somebody who did not deal with it."""
    asked = answer.asked(principal, petition_id)

    async def create() -> PetitionDetail:
        return await service.decide(session, asked, body)

    return await answer.once(session, principal, f"petitions.decision.{petition_id}", body, create)


@router.post("/{petition_id}/reopen", responses=responses(*_KEPT))
async def reopen_petition(
    petition_id: PetitionId, body: PetitionNoteIn, principal: Registrar, session: Tx, answer: Answer
) -> PetitionDetail:
    """重新办理 / Have a closed item dealt with again."""
    asked = answer.asked(principal, petition_id)

    async def create() -> PetitionDetail:
        return await service.reopen(session, asked, body)

    return await answer.once(session, principal, f"petitions.reopen.{petition_id}", body, create)


@router.post("/{petition_id}/withdrawal", responses=responses(*_KEPT))
async def withdraw_petition(
    petition_id: PetitionId, body: PetitionNoteIn, principal: Registrar, session: Tx, answer: Answer
) -> PetitionDetail:
    """撤销登记 / Take back an item that was registered by mistake."""
    asked = answer.asked(principal, petition_id)

    async def create() -> PetitionDetail:
        return await service.withdraw(session, asked, body)

    return await answer.once(session, principal, f"petitions.withdrawal.{petition_id}", body, create)
