"""What departments are asked to correct."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import Title


class Correction(Answer):
    """What a department is asked to correct, and what it said."""

    id: str
    finding_id: str
    dataset: str
    department: str
    field: str | None = None
    household_id: str
    person_id: str | None = None
    title: Title | None = None
    deliveries: list[str] = []
    why: str
    proposed: str | None = None
    state: str
    reason: str | None = None
    note: str | None = None
    due_on: date
    is_overdue: bool = False
    duty_id: str | None = None


class Corrections(Resource):
    """`/v1/corrections`: what departments are asked to correct, once somebody has found their data wrong."""

    def list(self, **filters: Any) -> AsyncIterator[Correction]:
        """Yield corrections, the newest first; `state`, `department`, `area`, `changed_since` and others narrow."""
        return self._http.items("/v1/corrections", Correction, **filters)

    async def get(self, correction_id: str) -> tuple[Correction, str]:
        """Read a correction with its ETag."""
        return await self._http.versioned("GET", f"/v1/corrections/{correction_id}", Correction)

    async def ask(self, wanted: Mapping[str, Any], *, key: str | None = None) -> Correction:
        """Ask the department whose data led to a finding to correct them."""
        return await self._http.post("/v1/corrections", dict(wanted), Correction, key=key)

    async def answer(self, correction_id: str, said: Mapping[str, Any], *, etag: str) -> tuple[Correction, str]:
        """Say for the department that it is corrected, or why its data stand."""
        return await self._http.versioned(
            "POST", f"/v1/corrections/{correction_id}/answer", Correction, dict(said), etag=etag
        )

    async def withdraw(self, correction_id: str, note: str, *, etag: str) -> tuple[Correction, str]:
        """Take the question back."""
        return await self._http.versioned(
            "POST", f"/v1/corrections/{correction_id}/withdraw", Correction, {"note": note}, etag=etag
        )
