"""What departments decided together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from pydantic import AwareDatetime

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class JointDecision(Answer):
    """What is to be done, by which department, by when."""

    what: str
    department: str | None = None
    due_on: date | None = None


class Consultation(Answer):
    """A consultation about clues, or a topic."""

    id: str
    area_code: str
    area_names: list[str]
    topic: str
    held_on: date
    departments: list[str]
    persons: list[str]
    clue_ids: list[str]
    opinion: str
    decisions: list[JointDecision]
    recorded_by: str
    recorded_at: AwareDatetime
    withdrawn_because: str | None = None


class Consultations(Resource):
    """`/v1/consultations`: joint judgement of clues, and other consultations of departments."""

    def list(self, **filters: Any) -> AsyncIterator[Consultation]:
        """Yield consultations, the newest first; `area`, `clue_id`, `department`, `withdrawn` narrow."""
        return self._http.items("/v1/consultations", Consultation, **filters)

    async def get(self, consultation_id: str) -> Consultation:
        """Read one."""
        return await self._http.get(f"/v1/consultations/{consultation_id}", Consultation)

    async def record(self, consultation: Mapping[str, Any]) -> Consultation:
        """Record what was decided together."""
        return await self._http.post("/v1/consultations", consultation, Consultation)

    async def withdraw(self, consultation_id: str, reason: str) -> Consultation:
        """Take back a record that is wrong."""
        return await self._http.post(f"/v1/consultations/{consultation_id}/withdraw", {"reason": reason}, Consultation)
