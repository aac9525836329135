"""HTTP edge of the rectification ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from alerts.access import service as access
from alerts.duties import service as duties
from alerts.rectification import problems, service
from alerts.rectification.schemas import (
    AmendIn,
    DecisionIn,
    LookBackIn,
    ProblemCounts,
    ProblemDetail,
    ProblemFilter,
    ProblemIn,
    ProblemPage,
    ProblemQuery,
    ProgressIn,
    ReopenIn,
    SubmissionIn,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.body import Body
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED

router = APIRouter(prefix="/v1/rectifications", tags=["rectification"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal,
    requires("supervision:read", purpose="查看整改台账 / read the rectification ledger", classes=_CLASSES),
]
Supervisor = Annotated[
    Principal,
    requires("supervision:write", purpose="登记整改问题和销号 / keep the rectification ledger", classes=_CLASSES),
]
Responsible = Annotated[
    Principal,
    requires("duties:handle", purpose="报送整改进展和结果 / say how far a problem is put right", classes=_CLASSES),
]
ProblemId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_STEPS = (
    problems.RectificationNotFound, problems.RectificationIllegalStep, problems.RectificationInvalid,
    PreconditionFailed, KeyReused,
)  # fmt: skip
_JUDGED = (*_STEPS, access.NotSupervisor, problems.RectificationSecondPerson)
_WORKED = (*_STEPS, duties.NotYours, duties.NotInHand, duties.InOtherHands)


class _Answer:
    """How a step is answered: once for its key, with the ETag that the next one names."""

    def __init__(
        self,
        response: Response,
        key: Annotated[IdempotencyKey, Depends()],
        if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
    ) -> None:
        self._response = response
        self._key = key
        self.if_match = if_match

    async def once(
        self,
        session: Tx,
        principal: Principal,
        route: str,
        body: Body,
        create: Callable[[], Awaitable[ProblemDetail]],
    ) -> ProblemDetail:
        """Take the step, or give what it was answered before."""
        problem = await self._key.once(session, principal, route, body, create, ProblemDetail, self._response)
        self._response.headers["ETag"] = etag_of(problem.version)
        return problem


Answer = Annotated[_Answer, Depends()]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_rectifications(principal: Reader, session: Tx, query: Annotated[ProblemQuery, Query()]) -> ProblemPage:
    """整改台账 / The problems of the caller's areas and department, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.get("/counts", responses=responses(OutsideArea, InvalidInput))
async def count_rectifications(
    principal: Reader, session: Tx, query: Annotated[ProblemFilter, Query()]
) -> ProblemCounts:
    """整改问题计数 / Problems by class, source, state and area of the next level, of what the list would show."""
    return await service.counts(session, principal, query)


class _Created:
    """What a registration is answered by: once for its key."""

    def __init__(self, response: Response, key: Annotated[IdempotencyKey, Depends()]) -> None:
        self.response = response
        self.key = key


@router.post(
    "",
    status_code=201,
    responses=responses(OutsideArea, problems.RectificationInvalid, access.NotSupervisor, KeyReused),
)
async def register_rectification(
    body: ProblemIn, principal: Supervisor, session: Tx, created: Annotated[_Created, Depends()]
) -> ProblemDetail:
    """登记整改问题 / Take a problem into the ledger; its unit has the duty to put it right by its day.

    `is_recurring` says that a problem of the same class and unit had been cleared before this one was found.
    """

    async def create() -> ProblemDetail:
        return await service.register(session, principal, body)

    problem = await created.key.once(
        session, principal, "rectifications.register", body, create, ProblemDetail, created.response
    )
    created.response.headers["Location"] = f"/v1/rectifications/{problem.id}"
    created.response.headers["ETag"] = etag_of(problem.version)
    return problem


@router.get(
    "/{problem_id}",
    response_model=ProblemDetail,
    responses=responses(problems.RectificationNotFound) | UNCHANGED,
    dependencies=[REVALIDATED],
)
async def read_rectification(
    problem_id: ProblemId, principal: Reader, database: Db, response: Response
) -> ProblemDetail:
    """一项整改问题 / A problem with its measure, who is responsible, and all that became of it."""
    async with database.transaction() as session:
        problem = await service.read(session, principal, problem_id)
    response.headers["ETag"] = etag_of(problem.version)
    return problem


@router.put(
    "/{problem_id}",
    responses=responses(
        problems.RectificationNotFound, problems.RectificationIllegalStep, problems.RectificationInvalid,
        access.NotSupervisor, OutsideArea, PreconditionFailed, PreconditionRequired,
    ),
)  # fmt: skip
async def amend_rectification(
    problem_id: ProblemId,
    body: AmendIn,
    principal: Supervisor,
    session: Tx,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag that you read")] = None,
) -> ProblemDetail:
    """修改整改问题 / Let a problem that nobody has handed in read as it should; another unit then has the duty."""
    problem = await service.amend(session, service.Asked(principal, problem_id, if_match), body)
    response.headers["ETag"] = etag_of(problem.version)
    return problem


@router.post("/{problem_id}/progress", responses=responses(*_WORKED))
async def report_rectification_progress(
    problem_id: ProblemId, body: ProgressIn, principal: Responsible, session: Tx, answer: Answer
) -> ProblemDetail:
    """报送整改进展 / Say how far it is, as the person who is named or has the duty in hand."""
    asked = service.Asked(principal, problem_id, answer.if_match)

    async def create() -> ProblemDetail:
        return await service.progress(session, asked, body)

    return await answer.once(session, principal, f"rectifications.progress.{problem_id}", body, create)


@router.post("/{problem_id}/submission", responses=responses(*_WORKED))
async def submit_rectification(
    problem_id: ProblemId, body: SubmissionIn, principal: Responsible, session: Tx, answer: Answer
) -> ProblemDetail:
    """报送整改结果 / Hand in what shows that it is put right; the county has to look at it."""
    asked = service.Asked(principal, problem_id, answer.if_match)

    async def create() -> ProblemDetail:
        return await service.submit(session, asked, body)

    return await answer.once(session, principal, f"rectifications.submission.{problem_id}", body, create)


@router.post("/{problem_id}/decision", responses=responses(*_JUDGED))
async def decide_rectification(
    problem_id: ProblemId, body: DecisionIn, principal: Supervisor, session: Tx, answer: Answer
) -> ProblemDetail:
    """销号或退回 / Clear it, or return it, as somebody who did not do the work."""
    asked = service.Asked(principal, problem_id, answer.if_match)

    async def create() -> ProblemDetail:
        return await service.decide(session, asked, body)

    return await answer.once(session, principal, f"rectifications.decision.{problem_id}", body, create)


@router.post("/{problem_id}/look-back", responses=responses(*_JUDGED))
async def look_back_at_rectification(
    problem_id: ProblemId, body: LookBackIn, principal: Supervisor, session: Tx, answer: Answer
) -> ProblemDetail:
    """整改“回头看” / Say whether what was cleared is still right; what recurred is to be put right again."""
    asked = service.Asked(principal, problem_id, answer.if_match)

    async def create() -> ProblemDetail:
        return await service.look_back(session, asked, body)

    return await answer.once(session, principal, f"rectifications.look_back.{problem_id}", body, create)


@router.post("/{problem_id}/reopen", responses=responses(*_STEPS, access.NotSupervisor))
async def reopen_rectification(
    problem_id: ProblemId, body: ReopenIn, principal: Supervisor, session: Tx, answer: Answer
) -> ProblemDetail:
    """重新整改 / Have it put right again though it was cleared."""
    asked = service.Asked(principal, problem_id, answer.if_match)

    async def create() -> ProblemDetail:
        return await service.reopen(session, asked, body)

    return await answer.once(session, principal, f"rectifications.reopen.{problem_id}", body, create)
