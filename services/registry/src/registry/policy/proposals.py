"""Use cases of proposals: a region's profile changes when a second person has confirmed what the first one proposed.

Source: four eyes on policy [assumption]. Machines that stand in count as one each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import read_values, resolve
from registry.policy import differences, effects, service, store
from registry.policy.problems import ProposalDecided, ProposalNotFound, SecondPersonNeeded
from registry.policy.schemas import PreviewOut, ProfileIn, ProposalDecision, ProposalOut, ProposalPage, ProposalQuery
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
            return await _shown(session, known)
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
    return await _shown(session, proposal)


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
        return await _shown(session, proposal)  # the caller got no answer and says it again
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
    return await _shown(session, proposal)


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
    items = await _all_shown(session, rows[: wanted.limit])
    return ProposalPage(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None)


async def preview(session: AsyncSession, principal: Principal, proposal_id: UUID) -> PreviewOut:
    """Count what a proposal would change, by township; of one that holds already nothing is to be seen.

    Raises:
        ProposalNotFound
        ProposalDecided: it is active, or rejected.
    """
    proposal = await store.proposal(session, proposal_id)
    if proposal is None or not principal.covers(proposal.region):
        raise ProposalNotFound("no such proposal within your areas")
    shown = await _shown(session, proposal)
    if shown.changes is None:
        raise ProposalDecided(f"the proposal is {shown.phase}", state=proposal.state)
    place = effects.Place(proposal.region, shown.wanted.effective_from)
    return PreviewOut(
        proposal=shown,
        households=await effects.households(session, place, shown.changes),
        duties=await effects.duties(session, place, differences.moved_kinds(shown.changes)),
    )


async def _shown(session: AsyncSession, proposal: PolicyProposal) -> ProposalOut:
    [shown] = await _all_shown(session, [proposal])
    return shown


async def _all_shown(session: AsyncSession, found: Sequence[PolicyProposal]) -> list[ProposalOut]:
    versions = await store.versions(session, *{proposal.region for proposal in found})
    activated = {(own.region, own.version) for own in versions if own.activated_at is not None}
    shown = []
    for proposal in found:
        own = (proposal.region, proposal.version)
        phase = differences.phase_of(proposal.state, is_activated=own in activated)
        changes = None
        if phase in ("draft", "reviewed"):
            body = ProfileIn.model_validate(proposal.wanted)
            others = [each for each in versions if (each.region, each.version) != own]
            before = resolve(others, proposal.region, body.effective_from)
            changes = differences.changes(before.values, read_values(body.parameters)[0])
        words = {"phase": phase, "phase_label": differences.PHASES[phase], "changes": changes}
        shown.append(ProposalOut.model_validate(proposal.model_dump() | {"id": str(proposal.id)} | words))
    return shown
