"""Use cases of what people report: a household's own application, a cadre's visit, what campaigns find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import problems, rules, service
from alerts.clues.folding import Source
from alerts.clues.store import SourceRecord
from alerts.directory import service as directory
from alerts.people import service as people
from alerts.subscriptions import service as subscriptions
from contracts.registry import VisitRisksReported
from contracts.vocabulary import Channel, RiskType
from servicekit import clock, persons
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.problems import FieldError


@dataclass(frozen=True, slots=True)
class Report:
    """A self-application or a cadre's visit."""

    channel: Channel
    household_id: str | None
    area_code: str | None
    risk_type: RiskType
    occurred_on: date
    note: str
    via: str | None = None
    visitors: Sequence[str] = ()


async def report(session: AsyncSession, principal: Principal, said: Report) -> str:
    """Fold an application or a visit and give the clue's id.

    A household that is not registered is taken in by its area: coverage is every rural resident, so the clue
    gets a provisional household until a verification names the registered one.

    Raises:
        HouseholdUnknown: unknown household, or outside the caller's areas.
        OutsideArea: the area is outside the caller's.
        ReportInvalid: a date in the future, or a visitor who had no term there on that day.
    """
    if said.occurred_on > clock.today():
        pointer = "/applied_on" if said.channel is Channel.SELF else "/visited_on"
        flaw = FieldError(pointer=pointer, code="date.future", detail="the date lies in the future")
        raise problems.ReportInvalid("the date lies in the future", errors=[flaw])
    if said.household_id is not None:
        household = await directory.find(session, said.household_id)
        if household is None or household.has_ended or not principal.covers(household.area_code, household.grid):
            raise problems.HouseholdUnknown("no such household within your areas")
        household_id, area_code, grid = household.household_id, household.area_code, household.grid
    else:
        area_code = said.area_code or ""
        principal.require_area(area_code)
        household_id, grid = new_id(), None
    visitors = said.visitors
    if said.channel is Channel.VISIT:
        visitors = persons.party(principal.actor, visitors)
        place = persons.Place(area_code, said.occurred_on, grid)
        flaws = await people.faults(session, principal, visitors, place, "/visitors")
        if flaws:
            raise problems.ReportInvalid("somebody who is named was not in office there", errors=flaws)
    source = Source(
        id=new_id(),
        household_id=household_id,
        area_code=area_code,
        risk_type=said.risk_type.value,
        severity=rules.REPORT_SEVERITY,
        channel=said.channel,
        occurred_on=said.occurred_on,
    )
    record = SourceRecord(
        source=source,
        found_at=clock.now(),
        via=said.via,
        note=said.note,
        visitors=rules.distinct_persons(visitors),
        occurred_on=said.occurred_on,
        reported_by=principal.actor,
    )
    households = await directory.lock(session, {household_id: area_code})
    plan, alerts = await service.fold_records(session, [record], households, provisional=said.household_id is None)
    await subscriptions.publish(session, alerts)
    return plan.placed[source.id]


async def take_visits(session: AsyncSession, visits: Sequence[VisitRisksReported]) -> None:
    """Fold the risks that visits found, as the registry tells: each joins the open clue of its kind, if there is one.

    Who was there, and that they might be, the registry has checked.
    """
    records = [_found(visit, risk_type) for visit in visits for risk_type in visit.risk_types]
    households = await directory.lock(session, {visit.household_id: visit.area_code for visit in visits})
    _, alerts = await service.fold_records(session, records, households)
    await subscriptions.publish(session, alerts)


def _found(visit: VisitRisksReported, risk_type: RiskType) -> SourceRecord:
    source = Source(
        id=new_id(),
        household_id=visit.household_id,
        area_code=visit.area_code,
        risk_type=risk_type.value,
        severity=rules.REPORT_SEVERITY,
        channel=visit.channel,
        occurred_on=visit.visited_on,
    )
    return SourceRecord(
        source=source,
        found_at=visit.recorded_at,
        visitors=rules.distinct_persons(visit.visitors),
        occurred_on=visit.visited_on,
        reported_by=visit.reported_by,
    )
