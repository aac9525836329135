"""Use cases of renovations: the list, each household's progress, acceptance, the year's target."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Guarantee
from registry.guarantees import service as guarantees
from registry.households import service as households
from registry.renovations import rules, store
from registry.renovations.problems import RenovationExists, RenovationInvalid, RenovationNotFound
from registry.renovations.rules import Facts, Mode, RenovationKind, Wish
from registry.renovations.schemas import (
    CompletionOut,
    CompletionQuery,
    CompletionsOut,
    RenovationDetail,
    RenovationIn,
    RenovationOut,
    RenovationPatch,
    RenovationQuery,
    RenovationStepOut,
    TargetsIn,
    TargetsOut,
)
from registry.renovations.tables import Renovation, RenovationStep, RenovationTarget
from registry.renovations.texts import ACCEPTED
from registry.renovations.timeline import TIMELINE as TIMELINE
from servicekit import clock, etags, ids, locks
from servicekit.auth import Principal

ENTRY = "entry"
"""Source of what was entered by hand."""


async def add(session: AsyncSession, principal: Principal, household_id: str, body: RenovationIn) -> RenovationDetail:
    """Put a household on the list.

    Raises:
        HouseholdNotFound, HouseholdEnded, RenovationExists, RenovationInvalid
        WrongDepartment: the caller is a department that does not own housing.
    """
    _require_owner(principal)
    household = await households.require_active(session, principal, household_id, lock=True)
    if await store.is_known(session, household.id, body.kind.value, body.year):
        raise RenovationExists("the household has a renovation of this kind and year")
    said = body.model_dump()
    renovation = Renovation(
        id=UUID(ids.new_id()), household_id=household.id, source=ENTRY, stage="", version=0, updated_at=clock.now(),
        **said,
    )  # fmt: skip
    session.add(renovation)
    await _keep(session, principal, renovation, body.model_dump(mode="json", exclude_none=True))
    return await _shown(session, principal, renovation.id)


async def change(
    session: AsyncSession, principal: Principal, renovation_id: UUID, body: RenovationPatch, if_match: str | None
) -> RenovationDetail:
    """Say how a renovation goes on; an acceptance makes the housing status safe from its day, by its record.

    Raises:
        RenovationNotFound, HouseholdEnded, RenovationInvalid, PreconditionRequired, PreconditionFailed
        WrongDepartment: the caller is a department that does not own housing.
    """
    _require_owner(principal)
    known = await _require(session, principal, renovation_id)
    await households.require_active(session, principal, str(known.household_id), lock=True)
    renovation = await _require(session, principal, renovation_id, lock=True)
    etags.require_match(if_match, renovation.version)
    given = body.model_dump(exclude_unset=True)
    acceptance = given.pop("acceptance", None)
    if given.get("wish") is None:
        given.pop("wish", None)
    if not given and acceptance is None:
        raise RenovationInvalid("nothing is to be changed", errors=[rules.fault("nothing", "")])
    for name, value in given.items():
        setattr(renovation, name, value)
    before = (renovation.accepted_on, renovation.accepted_grade, renovation.acceptance_no)
    if acceptance is not None:
        renovation.accepted_on = acceptance["accepted_on"]
        renovation.accepted_grade, renovation.acceptance_no = acceptance["grade"], acceptance["record_no"]
    await _keep(session, principal, renovation, body.model_dump(mode="json", exclude_unset=True))
    accepted = (renovation.accepted_on, renovation.accepted_grade, renovation.acceptance_no)
    if renovation.accepted_on is not None and accepted != before:
        kind = RenovationKind(renovation.kind).label
        note = ACCEPTED.format(kind=kind, grade=renovation.accepted_grade, record_no=renovation.acceptance_no)
        await guarantees.found_at_visit(
            session,
            str(renovation.household_id),
            {Guarantee.HOUSING.value: True},
            on=renovation.accepted_on,
            by=principal.actor,
            note=note,
        )
    return await _shown(session, principal, renovation_id)


async def show(session: AsyncSession, principal: Principal, renovation_id: UUID) -> RenovationDetail:
    """Give a renovation with what became of it.

    Raises:
        RenovationNotFound
    """
    return await _shown(session, principal, renovation_id)


async def page(
    session: AsyncSession, principal: Principal, wanted: RenovationQuery, after: str | None
) -> tuple[list[RenovationOut], int, str | None]:
    """Give a page of renovations of the caller's areas, their number, and where the next one begins.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    conditions, values = _reach(principal, wanted.area)
    for name in ("year", "kind", "stage"):
        if (value := getattr(wanted, name)) is not None:
            conditions.append(f"r.{name} = :{name}")
            values[name] = value
    if wanted.grid is not None:
        conditions.append("h.grid = :grid")
        values["grid"] = wanted.grid
    if wanted.household_id is not None:
        conditions.append("r.household_id = CAST(:household AS uuid)")
        values["household"] = str(wanted.household_id)
    if wanted.late is not None:
        conditions.append(store.LATE if wanted.late else f"coalesce(NOT {store.LATE}, true)")
    today = clock.today()
    total = await store.total(session, conditions, values, today=today)
    if after is not None:
        conditions.append("r.id > CAST(:after AS uuid)")
        values["after"] = after
    rows = await store.page(session, conditions, values, today=today, limit=wanted.limit + 1)
    items = [_out(row) for row in rows[: wanted.limit]]
    return items, total, items[-1].id if len(rows) > wanted.limit else None


async def completion(session: AsyncSession, principal: Principal, wanted: CompletionQuery) -> CompletionsOut:
    """Give how far each township of the caller's has come with the year's target.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    today = clock.today()
    year = wanted.year or today.year
    reader = principal.within(wanted.area)
    conditions, values = _reach(principal, wanted.area)
    rows = await store.counts(session, " AND ".join(conditions), values, year=year, today=today)
    targets = {
        (town, RenovationKind(kind)): households_
        for county in await store.targets(session, year)
        for town, kinds in county.items()
        for kind, households_ in kinds.items()
        if reader.covers(town) and principal.sees(rules.OWNER)
    }
    tallies = rules.against_target(
        [rules.Tally(**(dict(row) | {"kind": RenovationKind(row["kind"])})) for row in rows], targets
    )
    names = await store.paths(session, sorted({tally.area_code for tally in tallies}))
    return CompletionsOut(
        year=year,
        items=[
            CompletionOut(**vars(tally), completion=tally.completion, area_path=names.get(tally.area_code, []))
            for tally in tallies
        ],
    )


async def targets(session: AsyncSession, principal: Principal, county: str, year: int) -> TargetsOut:
    """Give the targets of a county's year.

    Raises:
        OutsideArea: the county is not the caller's.
    """
    principal.require_area(county)
    return _targets_out(county, year, await store.targets_of(session, county, year))


async def set_targets(
    session: AsyncSession, principal: Principal, place: tuple[str, int], body: TargetsIn, if_match: str | None
) -> TargetsOut:
    """Set the targets of a county's year; the same again changes nothing, former ones stay.

    Args:
        place: County and year.

    Raises:
        OutsideArea: the county is not the caller's.
        RenovationInvalid: a code is no township of the county.
        PreconditionRequired, PreconditionFailed, WrongDepartment
    """
    county, year = place
    _require_owner(principal)
    principal.require_area(county)
    if faults := rules.target_faults(county, body.targets):
        raise RenovationInvalid("targets are of the county's townships", errors=faults)
    await locks.lock_on(session, locks.LockOn.RENOVATION_TARGET, f"{county}/{year}")
    newest = await store.targets_of(session, county, year)
    wanted = {town: {kind.value: number for kind, number in kinds.items()} for town, kinds in body.targets.items()}
    if newest is not None and newest.targets == wanted:
        return _targets_out(county, year, newest)
    etags.require_match(if_match, newest.version if newest else 0)
    held = RenovationTarget(
        county_code=county, year=year, version=newest.version + 1 if newest else 1, targets=wanted,
        recorded_at=clock.now(), recorded_by=principal.actor,
    )  # fmt: skip
    session.add(held)
    await session.flush()
    return _targets_out(county, year, held)


def _require_owner(principal: Principal) -> None:
    if principal.department is not None:
        principal.require_department(rules.OWNER)


def _reach(principal: Principal, area: str | None) -> tuple[list[str], dict[str, Any]]:
    clause, values = principal.within(area).area_clause("h.village_code", households.IN_GRID)
    return [clause, "true" if principal.sees(rules.OWNER) else "false"], dict(values)


async def _require(
    session: AsyncSession, principal: Principal, renovation_id: UUID, *, lock: bool = False
) -> Renovation:
    renovation = await store.one(session, renovation_id, lock=lock)
    if renovation is None or not principal.sees(rules.OWNER):
        raise RenovationNotFound("no such renovation within your areas")
    try:
        await households.require(session, principal, str(renovation.household_id))
    except households.HouseholdNotFound as outside:
        raise RenovationNotFound("no such renovation within your areas") from outside
    return renovation


async def _keep(session: AsyncSession, principal: Principal, renovation: Renovation, said: dict[str, Any]) -> None:
    """Check a renovation as it is to be, and keep it with what was said.

    Raises:
        RenovationInvalid
    """
    facts = Facts(
        wish=Wish(renovation.wish),
        mode=Mode(renovation.mode) if renovation.mode else None,
        approved_on=renovation.approved_on,
        started_on=renovation.started_on,
        finished_on=renovation.finished_on,
        accepted_on=renovation.accepted_on,
        due_on=renovation.due_on,
        is_cancelled=renovation.cancelled_because is not None,
    )
    if faults := rules.faults(facts, clock.today()):
        raise RenovationInvalid("what is said of the renovation contradicts itself", errors=faults)
    renovation.stage = rules.stage_of(facts).value
    renovation.version += 1
    renovation.updated_at = clock.now()
    await session.flush()
    session.add(
        RenovationStep(
            renovation_id=renovation.id, version=renovation.version, stage=renovation.stage, changes=said,
            recorded_at=renovation.updated_at, recorded_by=principal.actor,
        )
    )  # fmt: skip
    await session.flush()


async def _shown(session: AsyncSession, principal: Principal, renovation_id: UUID) -> RenovationDetail:
    conditions, values = _reach(principal, None)
    one = {"id": str(renovation_id)}
    rows = await store.page(
        session, [*conditions, "r.id = CAST(:id AS uuid)"], values | one, today=clock.today(), limit=1
    )
    for row in rows:
        steps = [
            RenovationStepOut.model_validate(step.model_dump() | {"by": step.recorded_by, "at": step.recorded_at})
            for step in await store.steps(session, renovation_id)
        ]
        return RenovationDetail(**_out(row).model_dump(), steps=steps)
    raise RenovationNotFound("no such renovation within your areas")


def _out(row: RowMapping) -> RenovationOut:
    return RenovationOut.model_validate(dict(row) | {"is_late": bool(row["is_late"])})


def _targets_out(county: str, year: int, held: RenovationTarget | None) -> TargetsOut:
    return TargetsOut.model_validate(
        {"county_code": county, "year": year}
        | ({"targets": held.targets, "version": held.version} if held else {"targets": {}, "version": 0})
    )
