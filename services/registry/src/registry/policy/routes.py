"""HTTP of policy profiles."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from contracts.vocabulary import FieldClass
from registry.policy import proposals as proposing
from registry.policy import service
from registry.policy.problems import (
    ProfileInvalid,
    ProfileNotFound,
    ProposalDecided,
    ProposalNotFound,
    SecondPersonNeeded,
)
from registry.policy.schemas import (
    PreviewOut,
    ProfileIn,
    ProfileOut,
    ProposalDecision,
    ProposalOut,
    ProposalPage,
    ProposalQuery,
)
from servicekit import clock
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/policy-profiles", tags=["policy"])
proposals = APIRouter(prefix="/v1/policy-proposals", tags=["policy"])

Region = Annotated[str, Path(pattern=r"^[0-9]{12}$", description="area code; 000000000000 is the nation")]

Reader = Annotated[
    Principal, requires("policy:read", purpose="读取政策参数 / read the policy", classes=(FieldClass.S1,))
]
Writer = Annotated[
    Principal, requires("policy:write", purpose="调整政策参数 / change the policy", classes=(FieldClass.S1,))
]


@router.get("/{region}", responses=responses(OutsideArea, ProfileNotFound))
async def get_profile(
    region: Region,
    session: Tx,
    principal: Reader,
    on: Annotated[date | None, Query(description="day; default today")] = None,
) -> ProfileOut:
    """Give the profile that holds for a region on a day: its own, or its nearest ancestor's (F-A15)."""
    return await service.show(session, principal, region, on or clock.today())


@router.put("/{region}", status_code=202, responses=responses(OutsideArea, ProfileInvalid))
async def propose_profile(region: Region, body: ProfileIn, session: Tx, principal: Writer) -> ProposalOut:
    """提出政策参数 / Propose a new version of a region's profile: it counts once another person has confirmed it.

    Earlier versions stay. A confirmed one takes effect on `effective_from`.
    """
    return await proposing.propose(session, principal, region, body)


@proposals.get("", responses=responses(OutsideArea))
async def list_proposals(session: Tx, principal: Reader, query: Annotated[ProposalQuery, Query()]) -> ProposalPage:
    """政策参数提案 / What was proposed for the caller's regions, the newest first, and who decided."""
    return await proposing.page(session, principal, query, read_cursor(query.cursor, UUID))


@proposals.get("/{proposal_id}/preview", responses=responses(ProposalNotFound, ProposalDecided))
async def preview_proposal(proposal_id: UUID, session: Tx, principal: Reader) -> PreviewOut:
    """政策参数预览 / What would change before a proposal holds: its values, households and duties, by township."""
    return await proposing.preview(session, principal, proposal_id)


@proposals.post(
    "/{proposal_id}/decision",
    responses=responses(ProposalNotFound, SecondPersonNeeded, ProposalDecided, ProfileInvalid),
)
async def decide_proposal(proposal_id: UUID, body: ProposalDecision, session: Tx, principal: Writer) -> ProposalOut:
    """复核政策参数 / Confirm or reject a proposal as the second person; its proposer may take it back."""
    return await proposing.decide(session, principal, proposal_id, body)
