"""The rectification ledger: what assessments, audits and inspections found, until it is put right and stays so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Rectifications(Resource):
    """`/v1/rectifications`: problems with measure, responsible unit, day, and who cleared them."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield problems, the newest first; `area`, `state`, `source`, `problem_class`, `overdue` and others narrow."""
        return self._http.items("/v1/rectifications", Answer, **filters)

    async def counts(self, **filters: Any) -> Answer:
        """Count problems by class, source, state and area of the next level; filtered as the list is."""
        return await self._http.get("/v1/rectifications/counts", Answer, **filters)

    async def register(self, problem: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Take a problem into the ledger."""
        return await self._http.post("/v1/rectifications", dict(problem), Answer, key=key)

    async def get(self, problem_id: str) -> tuple[Answer, str]:
        """Read a problem with all that became of it, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/rectifications/{problem_id}", Answer)

    async def amend(self, problem_id: str, problem: Mapping[str, Any], *, etag: str) -> tuple[Answer, str]:
        """Let a problem that nobody has handed in read as it should; `note` says why.

        Raises:
            PreconditionFailed: if it changed since `etag`.
        """
        path = f"/v1/rectifications/{problem_id}"
        return await self._http.versioned("PUT", path, Answer, dict(problem), etag=etag)

    async def progress(self, problem_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Say how far it is: `note`, `measure`, `evidence`; as who is named, or has its duty in hand."""
        return await self._http.post(f"/v1/rectifications/{problem_id}/progress", dict(said), Answer, key=key)

    async def submit(self, problem_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Hand in what shows that it is put right: `note`, `evidence`."""
        return await self._http.post(f"/v1/rectifications/{problem_id}/submission", dict(said), Answer, key=key)

    async def decide(self, problem_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Clear it, or return it, as somebody who did not do the work: `agrees`, `note`, `due_on`."""
        return await self._http.post(f"/v1/rectifications/{problem_id}/decision", dict(said), Answer, key=key)

    async def look_back(self, problem_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Say whether what was cleared is still right: `result` (`holds`, `recurred`), `note`, `due_on`."""
        return await self._http.post(f"/v1/rectifications/{problem_id}/look-back", dict(said), Answer, key=key)

    async def reopen(self, problem_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Have it put right again though it was cleared: `note`, `due_on`."""
        return await self._http.post(f"/v1/rectifications/{problem_id}/reopen", dict(said), Answer, key=key)


class RectificationReports(Resource):
    """`/v1/rectification-reports`: the months' reports, with the ledger's figures at the month's end."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield reports, the newest first; `area`, `period` narrow."""
        return self._http.items("/v1/rectification-reports", Answer, **filters)

    async def get(self, report_id: str) -> Answer:
        """Read a report as it was given."""
        return await self._http.get(f"/v1/rectification-reports/{report_id}", Answer)

    async def give(self, report: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Give the report of a month that is over: `area_code`, `period`, `note`; the figures are the ledger's."""
        return await self._http.post("/v1/rectification-reports", dict(report), Answer, key=key)


class Schedulings(Resource):
    """`/v1/schedulings`, `/v1/scheduling-items`: meetings of months, inspections of quarters, what they decided."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield records, the newest first; `area`, `period` narrow."""
        return self._http.items("/v1/schedulings", Answer, **filters)

    async def get(self, scheduling_id: str) -> Answer:
        """Read a record with what it decided."""
        return await self._http.get(f"/v1/schedulings/{scheduling_id}", Answer)

    async def record(self, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Record a meeting or an inspection; each of its items is its unit's duty."""
        return await self._http.post("/v1/schedulings", dict(said), Answer, key=key)

    async def cancel(self, scheduling_id: str, reason: str, *, key: str | None = None) -> Answer:
        """Cancel a record that was made by mistake."""
        path = f"/v1/schedulings/{scheduling_id}/cancel"
        return await self._http.post(path, {"reason": reason}, Answer, key=key)

    async def item(self, item_id: str) -> Answer:
        """Read something that was decided."""
        return await self._http.get(f"/v1/scheduling-items/{item_id}", Answer)

    async def finish(self, item_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Say that what was decided is done: `done_on`, `note`; its duty must be in hand."""
        return await self._http.post(f"/v1/scheduling-items/{item_id}/result", dict(said), Answer, key=key)


class FeedbackRounds(Resource):
    """`/v1/feedback-rounds`: what became of a department's findings, until it has read it."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield rounds, the newest first; `area`, `department`, `state` (`open`, `acknowledged`) narrow."""
        return self._http.items("/v1/feedback-rounds", Answer, **filters)

    async def get(self, round_id: str) -> Answer:
        """Read a round, and how many results are in it."""
        return await self._http.get(f"/v1/feedback-rounds/{round_id}", Answer)

    def items(self, round_id: str) -> AsyncIterator[Answer]:
        """Yield what became of each finding."""
        return self._http.items(f"/v1/feedback-rounds/{round_id}/items", Answer)

    async def acknowledge(self, round_id: str, items: int, *, key: str | None = None) -> Answer:
        """Say that so many results were read; its duty (D17) must be in hand."""
        path = f"/v1/feedback-rounds/{round_id}/acknowledgement"
        return await self._http.post(path, {"items": items}, Answer, key=key)


class Supervisions(Resource):
    """`/v1/supervisions`: which units are supervised, why, and by when."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield entries, the newest first; `area`, `department`, `state` (`open`, `closed`) narrow."""
        return self._http.items("/v1/supervisions", Answer, **filters)

    async def get(self, supervision_id: str) -> Answer:
        """Read an entry with what was said of it."""
        return await self._http.get(f"/v1/supervisions/{supervision_id}", Answer)

    async def open(self, unit: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Put a unit on the list: `area_code`, `department`, `reason`, `due_on`."""
        return await self._http.post("/v1/supervisions", dict(unit), Answer, key=key)

    async def report(self, supervision_id: str, text: str, *, key: str | None = None) -> Answer:
        """Say how far it is."""
        return await self._http.post(f"/v1/supervisions/{supervision_id}/progress", {"text": text}, Answer, key=key)

    async def close(self, supervision_id: str, why: str, *, key: str | None = None) -> Answer:
        """Take it off the list, as somebody else than who put it there."""
        return await self._http.post(f"/v1/supervisions/{supervision_id}/closing", {"text": why}, Answer, key=key)
