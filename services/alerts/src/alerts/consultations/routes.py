"""HTTP edge of consultations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.consultations import problems, service
from alerts.consultations.schemas import (
    ConsultationIn,
    ConsultationOut,
    ConsultationPage,
    ConsultationQuery,
    WithdrawalIn,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/consultations", tags=["consultations"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看会商研判 / read what was decided together", classes=_CLASSES)
]
Writer = Annotated[
    Principal,
    requires("supervision:write", purpose="登记会商研判 / record what was decided together", classes=_CLASSES),
]
ConsultationId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_consultations(
    principal: Reader, session: Tx, query: Annotated[ConsultationQuery, Query()]
) -> ConsultationPage:
    """会商研判记录 / What departments decided together, the newest first; a department's are those it took part in."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "",
    status_code=201,
    responses=responses(OutsideArea, problems.ConsultationInvalid, problems.ConsultationOfCounty, KeyReused),
)
async def record_consultation(
    body: ConsultationIn, principal: Writer, session: Tx, key: Key, response: Response
) -> ConsultationOut:
    """登记会商研判 / Record what departments decided together about clues (联合研判), or a topic (F-A16, F-A35, F-B31).

    A clue is judged while it is open; its result stays the township's, which reads the opinion with `clue_id=`.
    """

    async def create() -> ConsultationOut:
        return await service.record(session, principal, body)

    made = await key.once(session, principal, "consultations.record", body, create, ConsultationOut, response)
    response.headers["Location"] = f"/v1/consultations/{made.id}"
    return made


@router.get("/{consultation_id}", responses=responses(problems.ConsultationNotFound))
async def read_consultation(consultation_id: ConsultationId, principal: Reader, session: Tx) -> ConsultationOut:
    """一次会商 / A consultation."""
    return await service.read(session, principal, consultation_id)


@router.post(
    "/{consultation_id}/withdraw",
    responses=responses(
        problems.ConsultationNotFound, problems.ConsultationOfCounty, problems.ConsultationWithdrawn, OutsideArea
    ),
)
async def withdraw_consultation(
    consultation_id: ConsultationId, body: WithdrawalIn, principal: Writer, session: Tx
) -> ConsultationOut:
    """撤回会商记录 / Take back a record that is wrong; it stays with the reason, and another one is recorded."""
    return await service.withdraw(session, principal, consultation_id, body.reason)
