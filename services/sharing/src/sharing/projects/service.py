"""Use cases of projects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from servicekit.areas import NATION, common_root
from servicekit.auth import Principal
from servicekit.paging import encode_cursor, read_cursor
from sharing.ledgers.service import ledger_of
from sharing.periods import last_day
from sharing.policy.service import parameters_at, profiles_at
from sharing.projects import rules
from sharing.projects.schemas import (
    ConcentrationOut,
    FinishedOut,
    ProjectOut,
    ProjectPage,
    ProjectQuery,
    ShareOut,
    ShareQuery,
    StepOut,
)

DATASET = "DS-AGR-PROJ"
_MOST_SHARES = 20


async def page(session: AsyncSession, principal: Principal, wanted: ProjectQuery) -> ProjectPage:
    """Give a page of projects, by area, each with its five dates.

    Raises:
        WrongDepartment: of another department than the one that keeps the ledger of projects.
        OutsideArea: the area asked for is not the caller's.
    """
    read = read_cursor(wanted.cursor, str, str)
    ledger = await ledger_of(session, principal, DATASET, wanted.period, wanted.area)
    if ledger.period is None or not ledger.rows:
        return ProjectPage(period=ledger.period, read_at=ledger.read_at, items=[], total=0, late=0, finished=None)
    day = last_day(ledger.period)
    profiles = await profiles_at(session, {row.area_code for row in ledger.rows}, day)
    projects = [(row.token, _out(row, ledger.period, profiles[row.area_code])) for row in ledger.rows]
    shown = [(token, project) for token, project in projects if _is_wanted(project, wanted)]
    after = [each for each in shown if read is None or (each[1].area_code, each[0]) > (read[0], read[1])]
    items = after[: wanted.limit]
    more = encode_cursor([items[-1][1].area_code, items[-1][0]]) if len(after) > wanted.limit else None
    county = await parameters_at(session, common_root(*(row.area_code for row in ledger.rows)), day)
    fields = [row.fields for row in ledger.rows]
    return ProjectPage(
        period=ledger.period,
        read_at=ledger.read_at,
        items=[project for _, project in items],
        total=len(shown),
        late=sum(project.is_late for _, project in shown),
        finished=FinishedOut(**asdict(rules.finished(fields, wanted.year or day.year, day, county))),
        next_cursor=more,
    )


def _out(row: Row[Any], period: str, profile: Profile) -> ProjectOut:
    steps = [StepOut(**asdict(step)) for step in rules.steps(row.fields, last_day(period), profile)]
    told = {name: value for name, value in row.fields.items() if not name.endswith("_on")}
    is_late = any(step.status == "late" for step in steps)
    return ProjectOut(**told, steps=steps, is_late=is_late, delivery_id=row.delivery_id)


def _is_wanted(project: ProjectOut, wanted: ProjectQuery) -> bool:
    late = {step.step for step in project.steps if step.status == "late"}
    return (
        wanted.year in (None, project.project_year)
        and wanted.late in (None, project.is_late)
        and (wanted.late_step is None or wanted.late_step in late)
    )


async def concentration(session: AsyncSession, principal: Principal, wanted: ShareQuery) -> ConcentrationOut:
    """Tell how much of a year's money for industry the greatest entities have (CK-14).

    Raises:
        WrongDepartment, OutsideArea: as `page`.
    """
    ledger = await ledger_of(session, principal, DATASET, wanted.period, wanted.area)
    if ledger.period is None or ledger.read_at is None:
        return ConcentrationOut(
            period=ledger.period, read_at=None, year=wanted.year, limit=None, status="not_due", entities=[]
        )
    day = last_day(ledger.period)
    year = wanted.year or day.year
    place = wanted.area or common_root(*(row.area_code for row in ledger.rows)) if ledger.rows else NATION
    limit = (await parameters_at(session, place, day)).number("checks.entity_share")
    found = rules.shares([row.fields for row in ledger.rows], year)
    status: rules.Status = "not_due"
    if found:
        status = "red" if found[0].share > limit else "green"
    return ConcentrationOut(
        period=ledger.period,
        read_at=ledger.read_at,
        year=year,
        limit=limit,
        status=status,
        entities=[ShareOut(**asdict(each)) for each in found[:_MOST_SHARES]],
    )
