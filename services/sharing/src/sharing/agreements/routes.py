"""HTTP edge of agreements."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from sharing.agreements import problems, service
from sharing.agreements.schemas import AgreementIn, AgreementOut, AgreementPage, AgreementQuery, NewTermsIn, WhyIn
from sharing.products.service import UnknownProduct

router = APIRouter(prefix="/v1/agreements", tags=["agreements"])

_CLASSES = (FieldClass.S2,)
_MayRead = Annotated[
    Principal,
    requires("agreements:read", "audit:read", purpose="查看共享协议 / see what is agreed", classes=_CLASSES),
]
_MayDraft = Annotated[
    Principal,
    requires("agreements:write", purpose="起草、提交共享协议 / draft, offer agreements", classes=_CLASSES),
]
_MayApprove = Annotated[
    Principal,
    requires("agreements:approve", purpose="代表本方批准共享协议 / approve for one's own side", classes=_CLASSES),
]
_MayEnd = Annotated[
    Principal,
    requires(
        "agreements:approve", "agreements:write", purpose="撤销共享协议 / revoke an agreement at once", classes=_CLASSES
    ),
]
_Key = Annotated[IdempotencyKey, Depends()]
_IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_STEPS = (
    problems.UnknownAgreement, problems.NotAParty, problems.Revoked, PreconditionRequired, PreconditionFailed,
    KeyReused,
)  # fmt: skip


class _Step:
    """Which agreement, on which version, once for which key."""

    def __init__(self, agreement_id: UUID, key: _Key, if_match: _IfMatch = None) -> None:
        self.id = str(agreement_id)
        self.key = key
        self.if_match = if_match


_Stepping = Annotated[_Step, Depends()]


@router.post(
    "",
    response_model=AgreementOut,
    status_code=201,
    responses=responses(UnknownProduct, problems.AgreementInvalid, problems.NotAParty, OutsideArea, KeyReused),
)
async def draft_agreement(
    body: AgreementIn, principal: _MayDraft, session: Tx, response: Response, key: _Key
) -> AgreementOut:
    """起草共享协议 / Draft an agreement; it grants nothing until both sides have approved it."""

    async def create() -> AgreementOut:
        return await service.draft(session, principal, body)

    drafted = await key.once(session, principal, "agreements.draft", body, create, AgreementOut, response)
    response.headers["Location"] = f"/v1/agreements/{drafted.id}"
    return _tagged(response, drafted)


@router.get("", response_model=AgreementPage, responses=responses(OutsideArea, InvalidInput))
async def list_agreements(principal: _MayRead, session: Tx, query: Annotated[AgreementQuery, Query()]) -> AgreementPage:
    """共享协议 / Agreements that the caller's department is a side of, in its areas; the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.page(session, principal, query, str(before[0]) if before else None)


@router.get("/{agreement_id}", response_model=AgreementOut, responses=responses(problems.UnknownAgreement))
async def read_agreement(agreement_id: UUID, principal: _MayRead, session: Tx, response: Response) -> AgreementOut:
    """一份共享协议及其各版本 / An agreement with all of its versions, and what it covers today."""
    return _tagged(response, await service.read(session, principal, str(agreement_id)))


@router.post(
    "/{agreement_id}/terms",
    response_model=AgreementOut,
    responses=responses(*_STEPS, problems.AgreementInvalid, problems.NotADraft, OutsideArea),
)
async def propose_terms(
    step: _Stepping, body: NewTermsIn, principal: _MayDraft, session: Tx, response: Response
) -> AgreementOut:
    """提出新版本 / Draft new terms; what holds goes on until both sides have approved them."""

    async def create() -> AgreementOut:
        return await service.propose(session, principal, step.id, body.terms, step.if_match)

    done = await step.key.once(session, principal, f"agreements.terms.{step.id}", body, create, AgreementOut, response)
    return _tagged(response, done)


@router.post(
    "/{agreement_id}/offer",
    response_model=AgreementOut,
    responses=responses(*_STEPS, problems.AgreementInvalid, problems.NotADraft),
)
async def offer_agreement(step: _Stepping, principal: _MayDraft, session: Tx, response: Response) -> AgreementOut:
    """提交批准 / Offer the draft to both sides."""

    async def create() -> AgreementOut:
        return await service.offer(session, principal, step.id, step.if_match)

    done = await step.key.once(session, principal, f"agreements.offer.{step.id}", None, create, AgreementOut, response)
    return _tagged(response, done)


@router.post(
    "/{agreement_id}/approve",
    response_model=AgreementOut,
    responses=responses(*_STEPS, problems.AgreementInvalid, problems.NotOffered, problems.SamePerson, OutsideArea),
)
async def approve_agreement(step: _Stepping, principal: _MayApprove, session: Tx, response: Response) -> AgreementOut:
    """批准 / Approve what is offered, for one's own side; with the second side's approval it is agreed."""

    async def create() -> AgreementOut:
        return await service.approve(session, principal, step.id, step.if_match)

    done = await step.key.once(
        session, principal, f"agreements.approve.{step.id}", None, create, AgreementOut, response
    )
    return _tagged(response, done)


@router.post("/{agreement_id}/refuse", response_model=AgreementOut, responses=responses(*_STEPS, problems.NotOffered))
async def refuse_agreement(
    step: _Stepping, body: WhyIn, principal: _MayApprove, session: Tx, response: Response
) -> AgreementOut:
    """不予批准 / Refuse what is offered; what held before goes on."""

    async def create() -> AgreementOut:
        return await service.refuse(session, principal, step.id, body.why, step.if_match)

    done = await step.key.once(session, principal, f"agreements.refuse.{step.id}", body, create, AgreementOut, response)
    return _tagged(response, done)


@router.post(
    "/{agreement_id}/revoke",
    response_model=AgreementOut,
    responses=responses(problems.UnknownAgreement, problems.NotAParty),
)
async def revoke_agreement(
    agreement_id: UUID, body: WhyIn, principal: _MayEnd, session: Tx, response: Response
) -> AgreementOut:
    """撤销 / End it now, for either side: nothing more leaves under it, and what is being sent stops."""
    return _tagged(response, await service.revoke(session, principal, str(agreement_id), body.why))


def _tagged(response: Response, agreement: AgreementOut) -> AgreementOut:
    response.headers["ETag"] = etag_of(agreement.version)
    return agreement
