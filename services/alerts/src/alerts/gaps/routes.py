"""HTTP edge of policy gaps."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.duties import service as duties
from alerts.gaps import problems, rules, service
from alerts.gaps.schemas import AnswerIn, GapDetail, GapPage, GapQuery, GapRow, GapShown, ReviewIn, TakeBackIn
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses
from servicekit.titling import Titling

router = APIRouter(prefix="/v1/policy-gaps", tags=["policy-gaps"])

_CLASSES = (FieldClass.S2, FieldClass.S4)
Reader = Annotated[
    Principal,
    requires("duties:read", purpose="查看政策缺口 / see what departments owe", classes=(*_CLASSES, FieldClass.S3)),
]
Department = Annotated[
    Principal, requires("duties:handle", purpose="部门答复政策缺口 / answer for the department", classes=_CLASSES)
]
Township = Annotated[
    Principal,
    requires(
        "clues:verify",
        "clues:confirm",
        purpose="复核部门不予落实的意见 / look at what a department does not grant",
        classes=_CLASSES,
    ),
]
GapId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]
_STEPS = (
    problems.GapNotFound, problems.GapIllegalStep, duties.NotYours, duties.NotInHand, duties.InOtherHands, KeyReused,
)  # fmt: skip


@router.get("", response_model=GapPage, responses=responses(OutsideArea, InvalidInput))
async def list_policy_gaps(
    principal: Reader, database: Db, titling: Titling, query: Annotated[GapQuery, Query()]
) -> GapPage:
    """政策缺口 / What departments owe by policy, in the caller's areas and of its department; the newest first."""
    before = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        page = await service.list_page(session, principal, query, str(before[0]) if before else None)
    titles = await titling.of(page.items)
    return GapPage(**dict(page) | {"items": titles.on(page.items, GapRow), "titles": titles.state})


@router.get("/{gap_id}", response_model=GapShown, responses=responses(problems.GapNotFound))
async def read_policy_gap(gap_id: GapId, principal: Reader, database: Db, titling: Titling) -> GapShown:
    """一项政策缺口 / What a department owes, and what became of it."""
    async with database.transaction() as session:
        gap = await service.read(session, principal, gap_id)
    titles = await titling.of([gap])
    return titles.one(gap, GapShown, titles=titles.state)


@router.post("/{gap_id}/result", response_model=GapDetail, responses=responses(*_STEPS, problems.GapAnswerInvalid))
async def answer_policy_gap(
    gap_id: GapId, body: AnswerIn, principal: Department, session: Tx, response: Response, key: Key
) -> GapDetail:
    """部门答复 / Say what became of it, with its duty in hand. What is not granted goes back to the township."""
    said = rules.Answer(body.result, body.reason, body.granted_on, body.note)

    async def create() -> GapDetail:
        return await service.answer(session, principal, gap_id, said)

    return await key.once(session, principal, f"gaps.result.{gap_id}", body, create, GapDetail, response)


@router.post(
    "/{gap_id}/take-back",
    response_model=GapDetail,
    responses=responses(problems.GapNotFound, problems.GapIllegalStep, problems.GapNotGranter, KeyReused),
)
async def take_policy_gap_back(
    gap_id: GapId, body: TakeBackIn, principal: Department, session: Tx, response: Response, key: Key
) -> GapDetail:
    """撤回“已落实” / Say that what you granted is not after all: the department has its whole time again."""

    async def create() -> GapDetail:
        return await service.take_back(session, principal, gap_id, body.note)

    return await key.once(session, principal, f"gaps.take_back.{gap_id}", body, create, GapDetail, response)


@router.post("/{gap_id}/review", response_model=GapDetail, responses=responses(*_STEPS, problems.GapSecondPerson))
async def review_policy_gap(
    gap_id: GapId, body: ReviewIn, principal: Township, session: Tx, response: Response, key: Key
) -> GapDetail:
    """乡镇复核 / Agree to what is not granted, or object: the department then has its whole time again."""

    async def create() -> GapDetail:
        return await service.review(session, principal, gap_id, agrees=body.agrees, note=body.note)

    return await key.once(session, principal, f"gaps.review.{gap_id}", body, create, GapDetail, response)
