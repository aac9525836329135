"""Use cases of proposals: what one manager asked for, and another decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.access import service, store
from gateway.access.granting import Manager
from gateway.access.problems import ProposalDecided, ProposalUnknown, SecondManagerNeeded
from gateway.access.schemas import ClientIn, ClientPatch, ClientWithSecret, SecretRotation
from gateway.access.tables import ClientProposal


async def open_proposal(session: AsyncSession, manager: Manager, proposal_id: str) -> ClientProposal:
    """Give an open proposal within the manager's reach, locked.

    Raises:
        ProposalUnknown, ProposalDecided.
    """
    proposal = await store.find_proposal(session, proposal_id)
    if proposal is None or not manager.reaches(proposal.areas):
        raise ProposalUnknown("there is no such proposal within your areas")
    if proposal.state != "open" or proposal.expires_at <= datetime.now(UTC):
        raise ProposalDecided(f"the proposal is {proposal.state}, or its time is over")
    return proposal


async def approve(
    session: AsyncSession, manager: Manager, proposal: ClientProposal, known_scopes: Collection[str]
) -> ClientWithSecret:
    """Do what was proposed, as the second manager; give the client, with its secret where one was made.

    Raises:
        SecondManagerNeeded, ProposalDecided, AreasBeyond, ScopesBeyond, and what the change itself raises.
    """
    if proposal.proposed_by == manager.actor:
        raise SecondManagerNeeded("who proposes does not approve")
    by = proposal.proposed_by
    made: Any
    if proposal.kind == "register":
        made = await service.register(session, manager, ClientIn.model_validate(proposal.wanted), known_scopes, by=by)
    else:
        client = await service.existing(session, manager, proposal.client_id, lock=True)
        if client.version != proposal.client_version:
            raise ProposalDecided("the client was changed since")
        if proposal.kind == "change":
            patch = ClientPatch.model_validate(proposal.wanted)
            await service.change(session, manager, client, patch, known_scopes, by=by)
            made = service.shown_once(client, None)
        else:
            rotation = SecretRotation.model_validate(proposal.wanted)
            made = await service.rotate_secret(session, manager, client, rotation, by=by)
    _decide(proposal, manager, "approved", None)
    result: ClientWithSecret = made
    return result


def reject(proposal: ClientProposal, manager: Manager, reason: str) -> None:
    """Close a proposal without doing it; its proposer may take it back so."""
    _decide(proposal, manager, "rejected", reason)


def _decide(proposal: ClientProposal, manager: Manager, state: str, reason: str | None) -> None:
    proposal.state = state
    proposal.decided_by = manager.actor
    proposal.decided_at = datetime.now(UTC)
    proposal.reason = reason
