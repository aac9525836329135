"""Reading the rectification ledger: the list, its counts, one problem by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.rectification import rules, store
from alerts.rectification.problems import RectificationNotFound
from alerts.rectification.rules import Case
from alerts.rectification.schemas import (
    ProblemCount,
    ProblemCounts,
    ProblemDetail,
    ProblemFilter,
    ProblemOut,
    ProblemPage,
    ProblemQuery,
    ProblemStepOut,
)
from alerts.rectification.tables import Rectification
from contracts.supervision import ProblemClass, ProblemSource, ProblemState
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.paging import encode_cursor


async def read(session: AsyncSession, principal: Principal, problem_id: str) -> ProblemDetail:
    """Give a problem with all that became of it.

    Raises:
        RectificationNotFound
    """
    return await detail(session, await visible(session, principal, problem_id))


async def list_page(
    session: AsyncSession, principal: Principal, wanted: ProblemQuery, before: str | None
) -> ProblemPage:
    """Give a page of the problems that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, clock.today(), before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    names = await _names(session, shown)
    return ProblemPage(
        items=[ProblemOut.model_validate(_seen(problem, names)) for problem in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


async def counts(session: AsyncSession, principal: Principal, wanted: ProblemFilter) -> ProblemCounts:
    """Count the problems that the caller may see, by class, source, state and area of the next level.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    rows = await store.counts(session, principal, wanted, clock.today())
    names = await directory.names_of(session, {row["area_code"] for row in rows})
    return ProblemCounts(items=[ProblemCount(**row, area_name=names.get(row["area_code"])) for row in rows])


async def detail(session: AsyncSession, problem: Rectification) -> ProblemDetail:
    """Give a problem as it is shown by itself."""
    said = [
        ProblemStepOut.model_validate(step, from_attributes=True) for step in await store.steps(session, problem.id)
    ]
    return ProblemDetail.model_validate(_seen(problem, await _names(session, [problem])) | {"steps": said})


async def _names(session: AsyncSession, found: Sequence[Rectification]) -> dict[str, str]:
    wanted = {code for problem in found for code in _path(problem.area_code)}
    return await directory.names_of(session, wanted) if wanted else {}


def _path(code: str) -> list[str]:
    return list(dict.fromkeys((areas.county_of(code), areas.town_of(code), code)))


def _seen(problem: Rectification, names: Mapping[str, str]) -> dict[str, object]:
    is_waiting = problem.state in (ProblemState.OPEN, ProblemState.RECTIFYING)
    return problem.model_dump() | {
        "area_names": [names[code] for code in _path(problem.area_code) if code in names],
        "source_label": ProblemSource(problem.source).label,
        "class_label": ProblemClass(problem.problem_class).label,
        "state_label": ProblemState(problem.state).label,
        "is_overdue": is_waiting and problem.due_on < clock.today(),
        "duty_id": next(iter(rules.duties(case(problem))), None),
    }


def case(problem: Rectification) -> Case:
    """Give what of a problem duties hang on."""
    return Case(**{name: getattr(problem, name) for name in Case.__slots__})


def is_seen(principal: Principal, problem: Rectification) -> bool:
    """Tell whether a problem is of the caller's areas and department."""
    return principal.covers(problem.area_code) and principal.department in (None, problem.department)


async def visible(session: AsyncSession, principal: Principal, problem_id: str, *, lock: bool = False) -> Rectification:
    """Give a problem of the caller's areas and department.

    Raises:
        RectificationNotFound
    """
    problem = await store.get(session, problem_id, lock=lock)
    if problem is None or not is_seen(principal, problem):
        raise RectificationNotFound("no such problem within your reach")
    return problem
