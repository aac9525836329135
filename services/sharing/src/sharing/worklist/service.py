"""Use cases of the worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock, conflicts
from servicekit.areas import common_root
from servicekit.auth import Principal
from servicekit.calendar import Limit, work_calendar
from servicekit.etags import require_match
from servicekit.paging import encode_cursor, read_cursor
from servicekit.refused import RefusedOut
from sharing.catalogue.service import dataset_of
from sharing.policy.service import parameters_at
from sharing.worklist import store
from sharing.worklist.problems import AlreadyDecided, DecisionUnfit, UnknownRow
from sharing.worklist.rules import ALLOWED, BOUNDED, REGISTER, roughly
from sharing.worklist.schemas import (
    DecideIn,
    WorklistCount,
    WorklistCounts,
    WorklistFilter,
    WorklistOut,
    WorklistQuery,
    WorklistRows,
)
from sharing.worklist.store import DECISION_COLUMNS, UNUSED, count_waiting, export_decisions
from sharing.worklist.tables import WorklistRest, WorklistRow
from sharing.worklist.texts import KINDS, REGISTER_LABEL, STATES

__all__ = [
    "DECISION_COLUMNS",
    "REGISTER",
    "UNUSED",
    "count_waiting",
    "export_decisions",
    "settle_registered",
    "take_pushed",
    "take_unused",
]

log = structlog.get_logger(__name__)

capped_total = Counter(
    "bangfu_worklist_capped_total",
    "Days on which a department's new rows were used up, and rows of numbers that came under many names",
    ["department", "kind"],
)


async def take_unused(
    session: AsyncSession,
    unused: Path,
    *,
    run_id: str,
    period: str,
    area_code: str,
    datasets: Sequence[str],
    unevaluated: Sequence[tuple[str, str | None]],
) -> None:
    """Take in what a run could not use or check; who owns it has the policy profile's working days to decide.

    Args:
        datasets: Those whose deliveries were read.
        unevaluated: Rules that could not be evaluated, with the village, or `None` for everywhere.
    """
    met = await _met(session, run_id, period, area_code, datasets, unevaluated)
    _tell(await store.merge(session, met, unused))


async def take_pushed(session: AsyncSession, period: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Take in rows of single records, `UNUSED` each, that meet nobody, or somebody of another name."""
    met = await _met(session, None, period, common_root(*(row["area_code"] for row in rows)))
    _tell(await store.add(session, met, rows))


async def settle_registered(session: AsyncSession, persons: Sequence[tuple[str, str]]) -> None:
    """Let rows wait no longer whose number and name are registered now: `(ID token, person token)`."""
    await store.settle(session, persons, clock.now())


async def _met(
    session: AsyncSession,
    run_id: str | None,
    period: str,
    area_code: str,
    datasets: Sequence[str] = (),
    unevaluated: Sequence[tuple[str, str | None]] = (),
) -> store.Met:
    profile = await parameters_at(session, area_code, clock.today())
    work = work_calendar(profile)
    due_on = Limit(profile.whole("sharing.worklist_due_days"), work).ends_on(clock.today())
    bounds = store.Bounds(
        profile.whole("sharing.worklist_rows"),
        profile.whole("sharing.worklist_rows_per_day"),
        profile.whole("sharing.worklist_names"),
    )
    return store.Met(run_id, period, area_code, datasets, unevaluated, clock.now(), due_on, bounds)


def _tell(met_bounds: Sequence[store.Capped]) -> None:
    for capped in met_bounds:
        if capped.is_used_up:
            capped_total.labels(capped.department, "day").inc()
        capped_total.labels(capped.department, "names").inc(capped.tried)
        log.warning("worklist.capped", **asdict(capped))


async def list_page(session: AsyncSession, principal: Principal, wanted: WorklistQuery) -> WorklistRows:
    """Give a page of the rows that the caller may see: its department's, in its areas."""
    read = read_cursor(wanted.cursor, datetime, str)
    found, total = await store.list_rows(session, principal, wanted, (read[0], read[1]) if read else None)
    shown = found[: wanted.limit]
    last = shown[-1] if len(found) > wanted.limit else None
    exact, kept_back = await _rest(session, principal, wanted)
    return WorklistRows(
        items=[_out(row) for row in shown],
        total=total,
        not_listed=sum(rest.rows for rest in exact) + roughly(kept_back),
        next_cursor=encode_cursor([last.opened_at.isoformat(), last.id]) if last else None,
    )


async def counts(session: AsyncSession, principal: Principal, wanted: WorklistFilter) -> WorklistCounts:
    """Count the rows that the caller may see, by kind, state, dataset and township."""
    counted = {
        (row.kind, row.state, row.dataset, row.department, row.area_code): [row.rows, row.overdue, 0]
        for row in await store.count_rows(session, principal, wanted)
    }
    exact, kept_back = await _rest(session, principal, wanted)
    for rest in exact:
        key = (rest.kind, "open", rest.dataset, rest.department, rest.area_code[:9].ljust(12, "0"))
        counted.setdefault(key, [0, 0, 0])[2] += rest.rows
    items = [
        WorklistCount(
            kind=kind, kind_label=KINDS[kind], state=state, state_label=STATES[state], dataset=dataset,
            dataset_label=_label_of(dataset), department=department, area_code=area_code, rows=rows, overdue=overdue,
            not_listed=not_listed,
        )
        for (kind, state, dataset, department, area_code), (rows, overdue, not_listed) in sorted(counted.items())
    ]  # fmt: skip
    return WorklistCounts(items=items, not_listed=sum(rest.rows for rest in exact) + roughly(kept_back))


async def _rest(session: AsyncSession, principal: Principal, wanted: WorklistFilter) -> tuple[list[WorklistRest], int]:
    """Give how many more rows there are: those that the caller may count, and how many others.

    A department is not told one by one whether its rows miss by the number or by the name, nor where: it could
    add numbers until a count moves.
    """
    if principal.department is None:
        return list(await store.rest_of(session, principal, wanted)), 0
    exact = [rest for rest in await store.rest_of(session, principal, wanted) if rest.kind not in BOUNDED]
    if wanted.kind not in (None, *BOUNDED):
        return exact, 0
    anywhere = wanted.model_copy(update={"kind": None, "area": None})
    others = await store.rest_of(session, principal, anywhere)
    return exact, sum(rest.rows for rest in others if rest.kind in BOUNDED)


async def read_row(session: AsyncSession, principal: Principal, row_id: str) -> WorklistOut:
    """Give a row.

    Raises:
        UnknownRow: none that the caller may see.
    """
    row = await store.get_row(session, row_id)
    if row is None or principal.department not in (None, row.department) or not principal.covers(row.area_code):
        raise UnknownRow("no such row within your reach")
    return await _shown(session, row)


async def decide(
    session: AsyncSession, principal: Principal, row_id: str, wanted: DecideIn, if_match: str | None
) -> WorklistOut:
    """Decide about a row. The decision is used by the next comparison, and holds in the months that follow.

    Raises:
        UnknownRow: none of the caller's department and areas.
        PreconditionRequired, PreconditionFailed: the caller has not seen the row as it is.
        AlreadyDecided: it waits no longer.
        DecisionUnfit: that cannot be said of such a row.
    """
    row = await store.get_row(session, row_id, lock=True)
    if row is None or not principal.acts_for(row.department) or not principal.covers(row.area_code):
        raise UnknownRow("no such row of your department and areas")
    require_match(if_match, row.version)
    if row.state != "open":
        raise AlreadyDecided(f"the row is {row.state}", state=row.state)
    if wanted.decision not in ALLOWED[row.kind]:
        raise DecisionUnfit(f"{wanted.decision} cannot be said of {row.kind}", allowed=list(ALLOWED[row.kind]))
    now = clock.now()
    row.state, row.decided_by, row.decided_at, row.reason = wanted.decision, principal.actor, now, wanted.reason
    row.changed_at, row.version = now, row.version + 1
    said = {"state": row.state, "at": now.isoformat(), "by": principal.actor, "reason": wanted.reason}
    row.history = [*row.history, said]
    session.add(row)
    await session.flush()
    log.info("worklist.decided", row=row.id, kind=row.kind, dataset=row.dataset, decision=row.state)
    return await _shown(session, row)


async def settle(session: AsyncSession, principal: Principal, row_id: str, refused_id: str) -> WorklistOut:
    """Say that a decision that was refused as stale needs nobody any more.

    Raises:
        UnknownRow: none of the caller's department and areas.
        NothingToSettle: the row has no such open one.
    """
    row = await store.get_row(session, row_id)
    if row is None or not principal.acts_for(row.department) or not principal.covers(row.area_code):
        raise UnknownRow("no such row of your department and areas")
    await conflicts.settle(session, principal, store.ROW, row_id, refused_id)
    return await _shown(session, row)


async def _shown(session: AsyncSession, row: WorklistRow) -> WorklistOut:
    refused = await conflicts.refused(session, store.ROW, row.id)
    return _out(row).model_copy(update={"refused": [RefusedOut.model_validate(each) for each in refused]})


def _label_of(dataset: str) -> str:
    return REGISTER_LABEL if dataset == REGISTER else dataset_of(dataset).label


def _out(row: WorklistRow) -> WorklistOut:
    return WorklistOut.model_validate(
        row.model_dump()
        | {
            "kind_label": KINDS[row.kind],
            "state_label": STATES[row.state],
            "dataset_label": _label_of(row.dataset),
            "rule_id": row.person_token if row.kind == "unchecked" else None,
            "is_overdue": row.state == "open" and row.due_on < clock.today(),
            "allowed": list(ALLOWED[row.kind]) if row.state == "open" else [],
        }
    )
