"""HTTP edge of feedback."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.duties import service as duties
from alerts.feedback import problems, service
from alerts.feedback.schemas import AcknowledgementIn, FeedbackPage, RoundOut, RoundPage, RoundQuery
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.page_query import PageQuery
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/feedback-rounds", tags=["feedback"])

_CLASSES = (FieldClass.S2, FieldClass.S4)
Reader = Annotated[
    Principal,
    requires("duties:read", purpose="查看核实结果反馈 / read what became of a department's findings", classes=_CLASSES),
]
Department = Annotated[
    Principal,
    requires("duties:handle", purpose="确认核实结果反馈 / say that the department has read it", classes=_CLASSES),
]
RoundId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_feedback_rounds(principal: Reader, session: Tx, query: Annotated[RoundQuery, Query()]) -> RoundPage:
    """核实结果反馈 / What was decided of the findings of the caller's department, in rounds, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.get("/{round_id}", responses=responses(problems.FeedbackNotFound))
async def read_feedback_round(round_id: RoundId, principal: Reader, session: Tx) -> RoundOut:
    """一批反馈 / A round, and how many results are in it."""
    return await service.read(session, principal, round_id)


@router.get("/{round_id}/items", responses=responses(problems.FeedbackNotFound, InvalidInput))
async def list_feedback(
    round_id: RoundId, principal: Reader, session: Tx, query: Annotated[PageQuery, Query()]
) -> FeedbackPage:
    """逐条核实结果 / What became of each finding: which one, the result's code, the day."""
    after = read_cursor(query.cursor, str, UUID)
    return await service.list_items(session, principal, round_id, after, query.limit)


@router.post(
    "/{round_id}/acknowledgement",
    responses=responses(
        problems.FeedbackNotFound, problems.FeedbackAcknowledged, problems.FeedbackGrew,
        duties.NotYours, duties.NotInHand, duties.InOtherHands, KeyReused,
    ),
)  # fmt: skip
async def acknowledge_feedback(
    round_id: RoundId,
    body: AcknowledgementIn,
    principal: Department,
    session: Tx,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
) -> RoundOut:
    """确认反馈 / Say that the department has read a round, with its duty in hand; later results are another round."""

    async def create() -> RoundOut:
        return await service.acknowledge(session, principal, round_id, body.items)

    return await key.once(session, principal, f"feedback.acknowledge.{round_id}", body, create, RoundOut, response)
