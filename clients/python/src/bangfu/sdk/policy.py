"""Policy profiles and what is proposed for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer, PolicyProfile


class PolicyProposal(Answer):
    """A version of a region's policy profile that waits for a second person, or what became of it."""

    id: str
    region: str
    state: str
    phase: str
    changes: list[dict[str, Any]] | None = None
    proposed_by: str
    decided_by: str | None = None
    version: int | None = None


class PolicyPreview(Answer):
    """What a proposal would change: its values, households and duties, by township."""

    proposal: PolicyProposal
    households: list[dict[str, Any]] = []
    duties: list[dict[str, Any]] = []


class Policy(Resource):
    """`/v1/policy-profiles`: every number that the policy sets."""

    async def get(self, region: str, *, on: date | None = None) -> PolicyProfile:
        """Read the profile that holds for a region on a day."""
        return await self._http.get(f"/v1/policy-profiles/{region}", PolicyProfile, on=on and on.isoformat())

    async def put(
        self, region: str, *, effective_from: date, source_document: str, parameters: Mapping[str, Any]
    ) -> PolicyProposal:
        """Propose a new version of a region's profile; it counts once somebody else has confirmed it."""
        body = {
            "effective_from": effective_from.isoformat(),
            "source_document": source_document,
            "parameters": dict(parameters),
        }
        return await self._http.call("PUT", f"/v1/policy-profiles/{region}", PolicyProposal, json=body)

    def proposals(
        self, *, area: str | None = None, state: str | None = None, limit: int = 20
    ) -> AsyncIterator[PolicyProposal]:
        """Go through what was proposed, the newest first."""
        return self._http.items("/v1/policy-proposals", PolicyProposal, area=area, state=state, limit=limit)

    async def preview(self, proposal_id: str) -> PolicyPreview:
        """Read what a proposal would change before it holds."""
        return await self._http.get(f"/v1/policy-proposals/{proposal_id}/preview", PolicyPreview)

    async def decide(self, proposal_id: str, *, agrees: bool, note: str) -> PolicyProposal:
        """Confirm or reject a proposal as the second person."""
        body = {"agrees": agrees, "note": note}
        return await self._http.post(f"/v1/policy-proposals/{proposal_id}/decision", body, PolicyProposal)
