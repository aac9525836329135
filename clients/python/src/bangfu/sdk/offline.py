"""What was done offline: steps that are sent together and judged one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from bangfu.sdk.http import Resource


class Step(BaseModel):
    """A request that an app kept while it had no connection; `id` is made once and never changes.

    Attributes:
        if_match: ETag of what was read before.
        after: Ids of earlier steps without whose success this one is not to be taken.
    """

    id: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    if_match: str | None = None
    after: list[str] = []


class StepResult(BaseModel):
    """What became of a step: the answer that it would have got alone."""

    id: str
    status: int
    etag: str | None = None
    is_replayed: bool = False
    retry_after_s: int | None = None
    result: Any = None
    problem: dict[str, Any] | None = None


class Offline(Resource):
    """`/v1/batch`."""

    async def send(self, steps: Sequence[Step]) -> list[StepResult]:
        """Hand in steps, at most 100, in their order; safe to repeat: a step that was taken is not taken twice."""
        body = {"steps": [step.model_dump() for step in steps]}
        response = await self._http.request("POST", "/v1/batch", json=body)
        return [StepResult.model_validate(item) for item in response.json()["items"]]
