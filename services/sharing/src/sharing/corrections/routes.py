"""HTTP edge of corrections."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.holding import Asking, DutiesSilent
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.titling import Titling
from sharing.corrections import problems, rules, service
from sharing.corrections.schemas import (
    AnswerIn,
    CorrectionIn,
    CorrectionListed,
    CorrectionOut,
    CorrectionPage,
    CorrectionQuery,
    CorrectionShown,
    WithdrawIn,
)
from sharing.findings.service import UnknownFinding

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])

_CLASSES = (FieldClass.S3, FieldClass.S4)
_MayRead = Annotated[
    Principal,
    requires("clues:read", "deliveries:read", purpose="查看数据更正 / see what is to be corrected", classes=_CLASSES),
]
_MayAsk = Annotated[
    Principal, requires("clues:verify", purpose="申请数据更正 / ask a department to correct", classes=_CLASSES)
]
_MayAnswer = Annotated[
    Principal, requires("duties:handle", purpose="部门答复数据更正 / answer for the department", classes=_CLASSES)
]
_Key = Annotated[IdempotencyKey, Depends()]
_IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_STEPS = (problems.UnknownCorrection, problems.NotOpen, PreconditionRequired, PreconditionFailed, KeyReused)


class _Answering:
    """Which correction is answered, on which version, once for which key, and who says who has its duty in hand."""

    def __init__(self, correction_id: UUID, key: _Key, asking: Asking, if_match: _IfMatch = None) -> None:
        self.correction_id = correction_id
        self.key = key
        self.asking = asking
        self.if_match = if_match


@router.post(
    "",
    response_model=CorrectionOut,
    status_code=201,
    responses=responses(
        UnknownFinding, problems.NotContestable, problems.FindingGone, problems.AlreadyAsked, KeyReused
    ),
)
async def ask_correction(
    body: CorrectionIn, principal: _MayAsk, session: Tx, response: Response, key: _Key
) -> CorrectionOut:
    """申请数据更正 / Ask the department whose data led to a finding to correct them."""

    async def create() -> CorrectionOut:
        return await service.ask(session, principal, body)

    asked = await key.once(session, principal, "corrections.ask", body, create, CorrectionOut, response)
    response.headers["Location"] = f"/v1/corrections/{asked.id}"
    response.headers["ETag"] = etag_of(asked.version)
    return asked


@router.get("", response_model=CorrectionPage, responses=responses(OutsideArea, InvalidInput))
async def list_corrections(
    principal: _MayRead, database: Db, titling: Titling, query: Annotated[CorrectionQuery, Query()]
) -> CorrectionPage:
    """数据更正 / Corrections in the caller's areas, and of its department if it has one; the newest first."""
    before = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        page = await service.list_page(session, principal, query, str(before[0]) if before else None)
    titles = await titling.of(page.items)
    return CorrectionPage(
        items=titles.on(page.items, CorrectionListed), titles=titles.state, next_cursor=page.next_cursor
    )


@router.get("/{correction_id}", response_model=CorrectionShown, responses=responses(problems.UnknownCorrection))
async def read_correction(
    correction_id: UUID, principal: _MayRead, database: Db, titling: Titling, response: Response
) -> CorrectionShown:
    """一条数据更正 / What is to be corrected, and what the department said."""
    async with database.transaction() as session:
        row = await service.read(session, principal, str(correction_id))
    response.headers["ETag"] = etag_of(row.version)
    titles = await titling.of([row])
    return titles.one(row, CorrectionShown, titles=titles.state)


@router.post(
    "/{correction_id}/answer",
    response_model=CorrectionOut,
    responses=responses(*_STEPS, problems.AskerAnswers, problems.AnswerInvalid, problems.NotInHand, DutiesSilent),
)
async def answer_correction(
    asked: Annotated[_Answering, Depends()], body: AnswerIn, principal: _MayAnswer, database: Db, response: Response
) -> CorrectionOut:
    """部门答复 / Say that it is corrected, or why the data stand, with the duty (K01) in hand."""
    correction_id = str(asked.correction_id)
    async with database.transaction() as session:
        await service.require_answerable(session, principal, correction_id)
    if not await asked.asking.has_in_hand(principal, rules.duty_of(correction_id)):
        raise problems.NotInHand("you have not the duty of the correction in hand")

    async with database.transaction() as session:

        async def create() -> CorrectionOut:
            return await service.answer(session, principal, correction_id, body, asked.if_match)

        route = f"corrections.answer.{correction_id}"
        answered = await asked.key.once(session, principal, route, body, create, CorrectionOut, response)
    response.headers["ETag"] = etag_of(answered.version)
    return answered


@router.post("/{correction_id}/withdraw", response_model=CorrectionOut, responses=responses(*_STEPS))
async def withdraw_correction(
    correction_id: UUID,
    body: WithdrawIn,
    principal: _MayAsk,
    session: Tx,
    response: Response,
    key: _Key,
    if_match: _IfMatch = None,
) -> CorrectionOut:
    """撤回申请 / Take the question back: nothing needs to be corrected."""

    async def create() -> CorrectionOut:
        return await service.withdraw(session, principal, str(correction_id), body, if_match)

    route = f"corrections.withdraw.{correction_id}"
    withdrawn = await key.once(session, principal, route, body, create, CorrectionOut, response)
    response.headers["ETag"] = etag_of(withdrawn.version)
    return withdrawn
