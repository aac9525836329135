"""Order among the steps of a batch, and what an answer says about one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from contracts.errors import FieldError
from gateway.batch.problems import AnswerCutOff, EarlierFailed
from gateway.batch.schemas import Step, StepOut
from gateway.headers import Headers
from servicekit.problems import Problem


def faults_of(steps: Sequence[Step]) -> list[FieldError]:
    """Give what is wrong with ids and order: each id once, and `after` names earlier steps only."""
    faults: list[FieldError] = []
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in seen:
            faults.append(FieldError(f"/steps/{index}/id", "step.repeated", "another step has this id"))
        if not seen.issuperset(step.after):
            faults.append(FieldError(f"/steps/{index}/after", "step.order", "names a step that is not before this one"))
        seen.add(step.id)
    return faults


def blocked(step: Step, done: Mapping[str, StepOut]) -> EarlierFailed | None:
    """Say why a step is not taken: one that it builds on was refused, or not taken either."""
    failed = [earlier for earlier in step.after if done[earlier].status >= 400]
    return EarlierFailed("a step that this one builds on was refused", after=failed) if failed else None


def refused(step: Step, problem: Problem) -> StepOut:
    """Give the outcome of a step that was not sent on."""
    return StepOut(id=step.id, status=problem.status, problem=problem.document())


def outcome(step: Step, status: int, headers: Headers, body: Iterable[bytes]) -> StepOut:
    """Give the outcome of a step from its answer; one that broke off says so."""
    fields = {name.lower(): value.decode("latin-1") for name, value in headers}
    text = b"".join(body)
    try:
        said = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return refused(step, AnswerCutOff("the service broke off before its answer was complete"))
    retry_after = fields.get(b"retry-after", "")
    return StepOut(
        id=step.id,
        status=status,
        etag=fields.get(b"etag"),
        is_replayed=fields.get(b"idempotent-replayed") == "true",
        retry_after_s=int(retry_after) if retry_after.isdigit() else None,
        result=said if status < 400 else None,
        problem=said if status >= 400 else None,
    )
