"""Use cases of comparison runs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import read_values
from servicekit import clock
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.tracing import current_traceparent
from sharing.comparison import store
from sharing.comparison.problems import FuturePeriod, InvalidOverrides, UnknownRun
from sharing.comparison.schemas import RunIn, RunOut
from sharing.comparison.tables import ComparisonRun


async def request_run(session: AsyncSession, principal: Principal, wanted: RunIn) -> RunOut:
    """Queue a comparison of a period (F-A16); a worker takes it at once.

    Raises:
        FuturePeriod: if the period has not begun.
        InvalidOverrides: if parameters are unknown, out of range, or given without `dry_run`.
    """
    if wanted.period > clock.today().strftime("%Y-%m"):
        raise FuturePeriod(f"the period {wanted.period} has not begun")
    if wanted.parameters and not wanted.dry_run:
        raise InvalidOverrides("parameters can only be tried out, with dry_run")
    _, errors = read_values(wanted.parameters)
    if errors:
        raise InvalidOverrides("parameters cannot be used", errors=errors)
    run = ComparisonRun(
        id=new_id(),
        kind="dry_run" if wanted.dry_run else "full",
        period=wanted.period,
        requested_by=principal.client_id,
        requested_at=clock.now(),
        traceparent=current_traceparent(),
        overrides={name: str(value) for name, value in wanted.parameters.items()},
    )
    await store.insert_run(session, run)
    return _out(run)


async def enqueue_households(session: AsyncSession, id_tokens: Sequence[str], period: str) -> None:
    """Queue a comparison limited to the households of these persons, for rows that were pushed singly.

    Part of the caller's transaction; the worker is woken when it commits. Persons that are not in the
    directory are passed over: the next full run meets them.
    """
    await store.enqueue_households(
        session,
        run_id=new_id(),
        tokens=id_tokens,
        period=period,
        by="record",
        at=clock.now(),
        traceparent=current_traceparent(),
    )


async def get_run(session: AsyncSession, run_id: str) -> RunOut:
    """Give a run with its progress.

    Raises:
        UnknownRun: if there is none.
    """
    run = await store.get_run(session, run_id)
    if run is None:
        raise UnknownRun(f"no comparison run {run_id}")
    return _out(run)


async def list_runs(session: AsyncSession, period: str | None, before: str | None, limit: int) -> list[RunOut]:
    """Give runs, newest first."""
    return [_out(run) for run in await store.list_runs(session, period, before, limit)]


def _out(run: ComparisonRun) -> RunOut:
    return RunOut.model_validate(run.model_dump() | run.result)
