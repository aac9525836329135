"""Use cases of proposals: a region's profile changes when a second person has confirmed what the first one proposed.

Source: standards 2.2 (four eyes). Machines that stand in count as one each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.policy import service, store
from registry.policy.problems import ProposalDecided, ProposalNotFound, SecondPersonNeeded
from registry.policy.schemas import ProfileIn, ProposalDecision, ProposalOut, ProposalPage, ProposalQuery
from registry.policy.tables import PolicyProposal
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor


async def propose(session: AsyncSession, principal: Principal, region: str, body: ProfileIn) -> ProposalOut:
    """Keep what somebody wants a region's profile to be; the same again gives the same proposal.

    Raises:
        OutsideArea: the region is not the caller's.
        ProfileInvalid: it could not be confirmed.
    """
    principal.require_area(region)
    versions, _ = await service.check(session, region, body)
    wanted = body.model_dump(mode="json")
    for known in await store.open_proposals(session, region, principal.actor):
        if known.wanted == wanted:
            return _out(known)
    newest = service.newest_of(versions, region)
    proposal = PolicyProposal(
        id=UUID(ids.new_id()),
        region=region,
        wanted=wanted,
        newest_version=newest.version if newest else 0,
        proposed_by=principal.actor,
        proposed_at=clock.now(),
    )
    session.add(proposal)
    await session.flush()
    return _out(proposal)


async def decide(session: AsyncSession, principal: Principal, proposal_id: UUID, said: ProposalDecision) -> ProposalOut:
    """Confirm a proposal, which makes it the region's next version, or reject it; its proposer may only take it back.

    Raises:
        ProposalNotFound
        SecondPersonNeeded: the caller proposed it.
        ProposalDecided: it is decided, or the region has another version since.
        ProfileInvalid: with an ancestor's profile of today its values contradict one another.
    """
    proposal = await store.proposal(session, proposal_id)
    if proposal is None or not principal.covers(proposal.region):
        raise ProposalNotFound("no such proposal within your areas")
    state = "confirmed" if said.agrees else "rejected"
    if (proposal.state, proposal.decided_by) == (state, principal.actor):
        return _out(proposal)  # the caller got no answer and says it again
    if said.agrees and proposal.proposed_by == principal.actor:
        raise SecondPersonNeeded("who proposes does not confirm")
    if proposal.state != "open":
        raise ProposalDecided(f"the proposal is {proposal.state}", state=proposal.state)
    if said.agrees:
        body = ProfileIn.model_validate(proposal.wanted)
        versions, _ = await service.check(session, proposal.region, body)
        newest = service.newest_of(versions, proposal.region)
        if (newest.version if newest else 0) != proposal.newest_version:
            raise ProposalDecided("the region has another version since", state=proposal.state)
        by, second = proposal.proposed_by, principal.actor
        proposal.version = await service.record(session, proposal.region, body, by, second)
    proposal.state = state
    proposal.decided_by, proposal.decided_at, proposal.note = principal.actor, clock.now(), said.note
    await session.flush()
    return _out(proposal)


async def page(
    session: AsyncSession, principal: Principal, wanted: ProposalQuery, after: Sequence[str] | None
) -> ProposalPage:
    """Give a page of the proposals for the caller's regions, the newest first.

    Raises:
        OutsideArea
    """
    clause, parameters = principal.within(wanted.area).area_clause("p.region")
    conditions, values = [clause], dict[str, Any](parameters)
    if wanted.state is not None:
        conditions.append("p.state = :state")
        values["state"] = wanted.state
    if after is not None:
        conditions.append("p.id < CAST(:after AS uuid)")
        values["after"] = after[0]
    rows = await store.proposals(session, conditions, values | {"limit": wanted.limit + 1})
    items = [_out(row) for row in rows[: wanted.limit]]
    return ProposalPage(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None)


def _out(proposal: PolicyProposal) -> ProposalOut:
    return ProposalOut.model_validate(proposal.model_dump() | {"id": str(proposal.id)})
