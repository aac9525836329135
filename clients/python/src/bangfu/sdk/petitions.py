"""Petitions and public opinion: what was asked for, what was done about it, and what the asker was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Petitions(Resource):
    """`/v1/petitions`: items of petitions, hotlines, superiors and public opinion."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield items, the newest first; `area`, `state`, `source`, `category`, `overdue` and others narrow."""
        return self._http.items("/v1/petitions", Answer, **filters)

    async def counts(self, **filters: Any) -> Answer:
        """Count items by category, source, state and area of the next level; filtered as the list is."""
        return await self._http.get("/v1/petitions/counts", Answer, **filters)

    async def register(self, petition: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Take an item in; one for its ticket number in a county."""
        return await self._http.post("/v1/petitions", dict(petition), Answer, key=key)

    async def get(self, petition_id: str) -> tuple[Answer, str]:
        """Read an item with all that became of it, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/petitions/{petition_id}", Answer)

    async def amend(self, petition_id: str, petition: Mapping[str, Any], *, etag: str) -> tuple[Answer, str]:
        """Let an item that is being dealt with read as it should, or give it to another unit; `note` says why.

        Raises:
            PreconditionFailed: if it changed since `etag`.
        """
        return await self._http.versioned("PUT", f"/v1/petitions/{petition_id}", Answer, dict(petition), etag=etag)

    async def open_clue(self, petition_id: str, risk_type: str, *, key: str | None = None) -> Answer:
        """Let an item speak for a clue of a risk (channel CH5)."""
        return await self._http.post(f"/v1/petitions/{petition_id}/clue", {"risk_type": risk_type}, Answer, key=key)

    async def dispose(self, petition_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Say what was done: `disposal`, `answered_on` or `unanswered_because`, `satisfaction`; the duty is in hand."""
        return await self._http.post(f"/v1/petitions/{petition_id}/disposal", dict(said), Answer, key=key)

    async def decide(self, petition_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Close it, or return it, as somebody who did not deal with it: `agrees`, `note`."""
        return await self._http.post(f"/v1/petitions/{petition_id}/decision", dict(said), Answer, key=key)

    async def reopen(self, petition_id: str, note: str, *, key: str | None = None) -> Answer:
        """Have a closed item dealt with again."""
        return await self._http.post(f"/v1/petitions/{petition_id}/reopen", {"note": note}, Answer, key=key)

    async def withdraw(self, petition_id: str, note: str, *, key: str | None = None) -> Answer:
        """Take back an item that was registered by mistake."""
        return await self._http.post(f"/v1/petitions/{petition_id}/withdrawal", {"note": note}, Answer, key=key)
