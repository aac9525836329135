"""Wire forms of a batch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.texts import HOLDS_ID_NUMBER
from servicekit.body import Body, examples

MOST_STEPS = 100
StepId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{7,63}$")]
# Letters, digits and what ids have; nothing encoded and no query: a step says what it wants in its body.
StepPath = Annotated[str, StringConstraints(pattern=r"^/v1/[0-9A-Za-z._/-]{1,200}$")]
ETag = Annotated[str, StringConstraints(pattern=r'^"[0-9A-Za-z._-]{1,64}"$')]


class Step(Body):
    """One request, as it would be sent alone."""

    id: StepId = Field(description="made by the app (a UUID); the step's Idempotency-Key")
    method: Literal["POST", "PATCH"]
    path: StepPath
    # Whoever serves the step judges its texts, as of any request: some fields are there for a citizen number.
    body: dict[str, Any] | None = Field(default=None, json_schema_extra=HOLDS_ID_NUMBER)
    if_match: ETag | None = Field(default=None, description="ETag that the app read before it went offline")
    after: Annotated[list[StepId], Field(max_length=MOST_STEPS)] = Field(
        default=[], description="steps before this one, without whose success it is not to be taken"
    )


class BatchIn(Body):
    """Steps in the order in which they were taken."""

    model_config = examples(
        {
            "steps": [
                {
                    "id": "0199a5c0-0000-7000-8000-0000000000c1",
                    "method": "POST",
                    "path": "/v1/duties/D08-0199a5c0-0000-7000-8000-0000000000d1/notes",
                    "body": {"text": "已入户,户主外出"},
                }
            ]
        }
    )

    steps: Annotated[list[Step], Field(min_length=1, max_length=MOST_STEPS)]


class StepOut(BaseModel):
    """What became of a step: the answer that it would have got alone."""

    id: str
    status: int
    etag: str | None = Field(default=None, description="version that the object has now")
    is_replayed: bool = Field(default=False, description="it was taken before; this is its first answer")
    retry_after_s: int | None = Field(default=None, description="send it again after so many seconds")
    result: Any = Field(default=None, description="body of an answer below 400")
    problem: dict[str, Any] | None = Field(default=None, description="body of an answer from 400 on (RFC 9457)")


class BatchOut(BaseModel):
    """What became of each step, in their order."""

    items: list[StepOut]
