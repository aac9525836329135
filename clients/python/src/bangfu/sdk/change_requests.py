"""Changes of households that somebody asks for, and somebody else approves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import Title


class ChangeRequest(Answer):
    """A change that was asked for, and what became of it; names and numbers are masked."""

    id: str
    household_id: str
    kind: str
    title: Title | None = None
    state: str
    occurred_on: date
    reason: str
    content: dict[str, Any]
    level: str | None = None
    requested_by: str
    due_on: date | None = None
    decided_by: str | None = None
    note: str | None = None
    other_id: str | None = None
    applied_version: int | None = None
    is_contested: bool = False


class Conflict(Answer):
    """A decision that has no effect because another one came first, or a request that another one contradicts."""

    id: str
    subject: str
    subject_id: str
    link: str
    household_id: str
    title: Title | None = None
    decision: dict[str, Any]
    first_by: str | None = None
    code: str
    by: str
    is_mine: bool


class ChangeRequests(Resource):
    """`/v1/change-requests`: birth, death, marriage, move, split and other changes of households."""

    async def propose(
        self, household_id: str, wanted: Mapping[str, Any], *, etag: str, key: str | None = None
    ) -> ChangeRequest:
        """Ask for a change; `etag` is the household's. It counts once somebody else has approved it."""
        headers = {"If-Match": etag} | ({"Idempotency-Key": key} if key else {})
        path = f"/v1/households/{household_id}/change-requests"
        return await self._http.call("POST", path, ChangeRequest, json=dict(wanted), headers=headers)

    def list(self, **filters: Any) -> AsyncIterator[ChangeRequest]:
        """Yield requests, the newest first; `state`, `kind`, `area`, `grid`, `contested` and others narrow."""
        return self._http.items("/v1/change-requests", ChangeRequest, **filters)

    def conflicts(self, **filters: Any) -> AsyncIterator[Conflict]:
        """Yield what came too late or contradicts another request; `subject`, `area`, `grid` and `mine` narrow."""
        return self._http.items("/v1/conflicts", Conflict, **filters)

    async def get(self, request_id: str) -> ChangeRequest:
        """Read a request, and what has come between."""
        return await self._http.get(f"/v1/change-requests/{request_id}", ChangeRequest)

    async def approve(self, request_id: str, note: str | None = None) -> ChangeRequest:
        """Approve a change as the second person; the household changes with it."""
        return await self._http.post(f"/v1/change-requests/{request_id}/approve", {"note": note}, ChangeRequest)

    async def refuse(self, request_id: str, note: str) -> ChangeRequest:
        """Refuse a change as the second person."""
        return await self._http.post(f"/v1/change-requests/{request_id}/refuse", {"note": note}, ChangeRequest)

    async def withdraw(self, request_id: str, note: str | None = None) -> ChangeRequest:
        """Take back what one has asked for."""
        return await self._http.post(f"/v1/change-requests/{request_id}/withdraw", {"note": note}, ChangeRequest)
