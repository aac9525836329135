"""HTTP edge of the purpose ledger and of recalls."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses
from sharing.agreements.service import NotAParty, UnknownAgreement
from sharing.purposes import problems, service
from sharing.purposes.schemas import (
    AcknowledgeIn,
    LedgerPage,
    LedgerQuery,
    RecallIn,
    ReceiptOut,
    ReceiptPage,
    ReceiptQuery,
)

router = APIRouter(prefix="/v1", tags=["agreements"])

_MayAsk = Annotated[
    Principal,
    requires(
        "audit:read",
        "households:read",
        purpose="查询某人的信息提供给了谁 / who received what about a person",
        classes=(FieldClass.S3,),
    ),
]
_MayRead = Annotated[
    Principal,
    requires(
        "agreements:read",
        "audit:read",
        "provision:read",
        purpose="查看提供回执 / see what was provided",
        classes=(FieldClass.S2,),
    ),
]
_MayRecall = Annotated[
    Principal,
    requires(
        "agreements:approve",
        "agreements:write",
        purpose="召回已提供的数据、确认召回 / call back what was provided, or confirm it",
        classes=(FieldClass.S2,),
    ),
]
_Key = Annotated[IdempotencyKey, Depends()]
_STEPS = (problems.UnknownReceipt, UnknownAgreement, NotAParty, KeyReused)


@router.get("/purpose-ledger", response_model=LedgerPage, responses=responses(problems.UnknownPerson, InvalidInput))
async def read_purpose_ledger(principal: _MayAsk, session: Tx, query: Annotated[LedgerQuery, Query()]) -> LedgerPage:
    """用途台账 / Who received what about a person, when, under which agreement and what for; the newest first."""
    before = read_cursor(query.cursor, int)
    return await service.of_person(session, principal, query, before[0] if before else None)


@router.get("/provision/receipts", response_model=ReceiptPage, responses=responses(InvalidInput))
async def list_receipts(principal: _MayRead, session: Tx, query: Annotated[ReceiptQuery, Query()]) -> ReceiptPage:
    """提供回执 / What the caller's department provided or received; the newest first."""
    before = read_cursor(query.cursor, int)
    return await service.page(session, principal, query, before[0] if before else None)


@router.post(
    "/provision/receipts/{receipt_id}/recall",
    response_model=ReceiptOut,
    responses=responses(*_STEPS, problems.NotTheProvider, problems.AlreadyRecalled, problems.NotAbout),
)
async def recall_receipt(
    receipt_id: UUID, body: RecallIn, principal: _MayRecall, session: Tx, response: Response, key: _Key
) -> ReceiptOut:
    """召回 / Call back what left, or what it says of some persons; it stays open until the receiver confirms."""

    async def create() -> ReceiptOut:
        return await service.recall(session, principal, str(receipt_id), body)

    return await key.once(session, principal, f"receipts.recall.{receipt_id}", body, create, ReceiptOut, response)


@router.post(
    "/provision/receipts/{receipt_id}/acknowledge",
    response_model=ReceiptOut,
    responses=responses(*_STEPS, problems.NotTheReceiver, problems.NotRecalled),
)
async def acknowledge_recall(
    receipt_id: UUID, body: AcknowledgeIn, principal: _MayRecall, session: Tx, response: Response, key: _Key
) -> ReceiptOut:
    """确认召回 / Confirm for the receiver that what was called back is deleted or replaced."""

    async def create() -> ReceiptOut:
        return await service.acknowledge(session, principal, str(receipt_id), body)

    return await key.once(session, principal, f"receipts.acknowledge.{receipt_id}", body, create, ReceiptOut, response)
