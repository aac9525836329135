"""Where the register and an export of the national system differ."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any

from bangfu.sdk.models import Answer
from bangfu.sdk.registry import Importing

_AT_A_TIME = 200


class DifferenceCount(Answer):
    """How many differences there are in a field, or of a kind."""

    kind: str
    subject: str
    field: str
    title: str
    open: int
    accepted: int
    ignored: int
    gone: int


class Reconciliation(Answer):
    """An export that was compared; the counts are of the caller's areas."""

    id: str
    made_at: datetime
    made_by: str
    households: int
    persons: int
    not_compared: int
    expires_on: date
    open: int
    accepted: int
    ignored: int
    gone: int
    fields: list[DifferenceCount] = []


class Difference(Answer):
    """One thing in which register and export differ; what is sealed is masked."""

    id: str
    revision: int
    kind: str
    subject: str
    field: str
    title: str
    year: int | None = None
    area_code: str
    path: list[str]
    household_id: str | None = None
    hh_no: str
    head: str | None = None
    who: str | None = None
    registered: Any = None
    exported: Any = None
    can_accept: bool
    state: str
    reason: str | None = None


class Decision(Answer):
    """What became of a decision: the difference's state, or `refused` and why."""

    id: str
    state: str
    problem: dict[str, Any] | None = None


class Reconciliations(Importing):
    """`/v1/reconciliations`: exports are sent as any file of households, compared, and never merged."""

    _imports = "/v1/reconciliations/import"

    def list(self, *, limit: int = 20) -> AsyncIterator[Reconciliation]:
        """Yield reconciliations, the newest first."""
        return self._http.items("/v1/reconciliations", Reconciliation, limit=limit)

    async def get(self, reconciliation_id: str) -> Reconciliation:
        """Read a reconciliation with its differences by field and by village; its id is that of the import."""
        return await self._http.get(f"/v1/reconciliations/{reconciliation_id}", Reconciliation)

    def differences(self, reconciliation_id: str, **filters: Any) -> AsyncIterator[Difference]:
        """Yield differences as they are now; `area`, `field`, `kind` and `state` narrow."""
        return self._http.items(f"/v1/reconciliations/{reconciliation_id}/differences", Difference, **filters)

    async def accept(self, reconciliation_id: str, differences: Sequence[Difference]) -> Sequence[Decision]:
        """Take the export's values; those of one household are one change, made together or not at all."""
        said = [{"id": each.id, "revision": each.revision, "decision": "accept"} for each in differences]
        return await self._decide(reconciliation_id, said)

    async def ignore(
        self, reconciliation_id: str, differences: Sequence[Difference], reason: str
    ) -> Sequence[Decision]:
        """Let the register's values stand; they stay ignored while both values stay."""
        said = [
            {"id": each.id, "revision": each.revision, "decision": "ignore", "reason": reason} for each in differences
        ]
        return await self._decide(reconciliation_id, said)

    async def register(self, *, area: str | None = None, format: str = "csv") -> bytes:  # noqa: A002
        """Download the register in the form of such an export, masked: `csv` or `xlsx`."""
        asked = {"format": format} | ({"area": area} if area else {})
        return (await self._http.request("GET", "/v1/households/export", params=asked)).content

    async def _decide(self, reconciliation_id: str, said: Sequence[dict[str, Any]]) -> Sequence[Decision]:
        answers: Sequence[Decision] = []
        for first in range(0, len(said), _AT_A_TIME):
            body = {"items": said[first : first + _AT_A_TIME]}
            done = await self._http.post(f"/v1/reconciliations/{reconciliation_id}/decisions", body, Answer)
            told = done.model_dump()["items"]
            answers = [*answers, *(Decision.model_validate(each) for each in told)]
        return answers
