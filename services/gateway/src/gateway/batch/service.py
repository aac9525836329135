"""Takes the steps of a batch one after the other, each through the gateway's own edge."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Scope

from contracts.scopes import OFFLINE
from gateway.batch import rules
from gateway.batch.problems import BatchInvalid, StepUnfit
from gateway.batch.schemas import Step, StepOut
from gateway.inner import sent
from gateway.routing.service import Directory

_KEPT = frozenset({b"host", b"authorization", b"traceparent"})  # of the batch's own head


async def take(edge: ASGIApp, directory: Directory, batch: Scope, steps: list[Step]) -> list[StepOut]:
    """Take each step as if it had been sent alone; what is refused stops only those that name it in `after`.

    Args:
        edge: Serves a request: token, session, rights, quota, audit, service. There is no other way in.
        batch: The scope of the request that brought them.

    Raises:
        BatchInvalid: ids or order are wrong; nothing was done.
    """
    faults = rules.faults_of(steps)
    if faults:
        raise BatchInvalid(f"{len(faults)} step(s) are out of order", errors=faults)
    done: dict[str, StepOut] = {}
    for step in steps:
        problem = rules.blocked(step, done) or _unfit(directory, step)
        done[step.id] = rules.refused(step, problem) if problem else await _sent(edge, batch, step)
    return list(done.values())


def _unfit(directory: Directory, step: Step) -> StepUnfit | None:
    """Refuse what is no field work, or whose repeat would not be safe; the edge itself refuses what is unknown."""
    route = directory.table.find(step.path).get(step.method)
    if route is None or (route.takes_key and not set(OFFLINE).isdisjoint(route.access.scopes)):
        return None
    return StepUnfit(f"{step.method} {route.template} is no step that may be queued")


async def _sent(edge: ASGIApp, batch: Scope, step: Step) -> StepOut:
    # As json.loads read it, so json.dumps writes it: numbers of any length included.
    content = b"" if step.body is None else json.dumps(step.body).encode()
    headers = [pair for pair in batch["headers"] if pair[0] in _KEPT]
    headers.append((b"idempotency-key", step.id.encode()))
    if step.if_match is not None:
        headers.append((b"if-match", step.if_match.encode()))
    answer = await sent(edge, batch, step.method, step.path, headers=headers, content=content)
    return rules.outcome(step, answer.status, answer.headers, answer.body)
