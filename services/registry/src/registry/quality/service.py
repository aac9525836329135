"""Use cases of data quality: looking at households, listing and counting what is wrong, accepting what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from registry.checked import Checked
from registry.duties import service as duties
from registry.households import service as households
from registry.policy import service as policy
from registry.quality import checks, rules, store
from registry.quality.problems import ErrorIsBlocking, ErrorIsClosed, QualityErrorNotFound, QualityRunNotFound
from registry.quality.schemas import (
    AcceptedOut,
    CountQuery,
    ErrorQuery,
    FactOut,
    HouseholdQuality,
    QualityCount,
    QualityCounts,
    QualityErrorOut,
    RuleOut,
    RulesOut,
    RunOut,
)
from registry.quality.tables import QualityRun
from servicekit import areas, clock, ids, locks
from servicekit.auth import MissingScope, Principal
from servicekit.db import Database
from servicekit.titles import Titles, TitlesIn, TitlesOut, TitlesState

CHANNEL = "quality_run"
_OF_HOUSEHOLD = 200


def catalogue() -> RulesOut:
    """Give every rule."""
    return RulesOut(
        items=[
            RuleOut(
                code=rule.code,
                level=rule.level,
                scope=rule.scope,
                title=rule.title,
                advice=rule.advice,
                facts=[FactOut(name=fact.name, zh=fact.zh, en=fact.en) for fact in rule.facts],
                parameters=list(rule.parameters),
                predicate=rule.said,
                at_intake=rule.at_intake,
                source=rule.source,
            )
            for rule in rules.load().rules.values()
        ]
    )


async def look(session: AsyncSession, household_ids: Sequence[str]) -> store.Changed:
    """Look at households now, once in a transaction: what is wrong opens, what is mended closes.

    One looks at a time, so that nobody writes what an older look saw.
    """
    await locks.lock(session, locks.Lock.QUALITY)
    today, now, known = clock.today(), clock.now(), rules.load()
    profiles = {}
    for county in await store.choose(session, household_ids):
        profiles[county] = await policy.parameters_for(session, county, today)
    values = {county: profile.values for county, profile in profiles.items()}
    changed = await store.evaluate(session, known, values, now=now, today=today)
    await _announce(session, await store.checked(session, known.codes("check"), now), profiles)
    return changed


async def _announce(session: AsyncSession, found: Sequence[Checked], profiles: Mapping[str, Profile]) -> None:
    """Announce what changed in the duties of looking into what counter-checks found."""
    days = {county: profile.whole("checks.answer_days") for county, profile in profiles.items()}
    await duties.follow_checked(session, [(each, days[areas.county_of(each.area_code)]) for each in found])


async def of_household(session: AsyncSession, principal: Principal, household_id: str) -> HouseholdQuality:
    """Give what was found of a household.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    return await _of_household(session, household_id)


async def look_at(session: AsyncSession, principal: Principal, household_id: str) -> HouseholdQuality:
    """Look at a household now, and give what was found of it.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    await look(session, [household_id])
    return await _of_household(session, household_id)


async def _of_household(session: AsyncSession, household_id: str) -> HouseholdQuality:
    condition, values = "e.household_id = CAST(:household AS uuid)", {"household": household_id}
    rows = await store.shown(
        session, [condition], values, order="e.closed_at IS NOT NULL, e.id DESC", limit=_OF_HOUSEHOLD
    )
    return HouseholdQuality(items=[_out(row) for row in rows])


async def page(
    session: AsyncSession, principal: Principal, wanted: ErrorQuery, after: str | None
) -> tuple[list[QualityErrorOut], int, bool]:
    """Give a page of errors, how many there are in all (`store.COUNTED` at most, and one), and whether more follow.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    conditions, values = _reach(principal, wanted)
    conditions.append(store.of_state(wanted.state))
    total = await store.total(session, conditions, values)
    if after is not None:
        conditions.append("e.id > CAST(:after AS uuid)")
        values["after"] = after
    rows = await store.shown(session, conditions, values, limit=wanted.limit + 1)
    return [_out(row) for row in rows[: wanted.limit]], total, len(rows) > wanted.limit


async def one(session: AsyncSession, principal: Principal, error_id: UUID) -> QualityErrorOut:
    """Give one finding, open or closed.

    Raises:
        QualityErrorNotFound: there is none of a household that the caller sees.
    """
    clause, own = principal.area_clause("h.village_code", households.IN_GRID)
    found = await store.shown(session, [clause, "e.id = CAST(:id AS uuid)"], {**own, "id": str(error_id)}, limit=1)
    if not found:
        raise QualityErrorNotFound("no such error within your areas")
    return _out(found[0])


async def counts(session: AsyncSession, principal: Principal, wanted: CountQuery) -> QualityCounts:
    """Count errors by rule and area.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    conditions, values = _reach(principal, wanted)
    known, now = rules.load().rules, clock.now()
    items = []
    for row in await store.counts(session, conditions, values, wanted.by):
        rule, oldest = known.get(row["rule"]), row["oldest_opened_at"]
        items.append(
            QualityCount(
                **row,
                level=rule.level if rule else None,
                rule_title=rule.title if rule else None,
                oldest_days=(now - oldest).days if oldest else None,
            )
        )
    return QualityCounts(items=items, checked_on=await store.last_night(session))


async def accept(session: AsyncSession, principal: Principal, error_id: UUID, reason: str) -> QualityErrorOut:
    """Keep that somebody has verified that a warning is true, until its facts change; again changes nothing.

    What a counter-check found the county accepts: it looks whether the township did what it had to.

    Raises:
        MissingScope, QualityErrorNotFound, ErrorIsBlocking, ErrorIsClosed
    """
    found = await store.error(session, error_id)
    if found is None:
        raise QualityErrorNotFound("no such error within your areas")
    try:
        await households.require(session, principal, str(found.household_id))
    except households.HouseholdNotFound as outside:
        raise QualityErrorNotFound("no such error within your areas") from outside
    rule = rules.load().rules.get(found.rule)
    needed = checks.accepting_scope(rule.level if rule else None)
    if needed not in principal.scopes:
        raise MissingScope.of([needed])
    if found.closed_at is not None:
        raise ErrorIsClosed("the error is closed: its facts were mended or have changed")
    if rule is not None and rule.level == "blocking":
        raise ErrorIsBlocking(f"{found.rule} is a blocking rule: what it finds must be corrected")
    if found.accepted_at is None:
        found.accepted_at, found.accepted_by, found.accepted_reason = clock.now(), principal.actor, reason
        await session.flush()
        if rule is not None and rule.level == "check":
            about = await store.checked_one(session, error_id)
            county = areas.county_of(about.area_code)
            await _announce(session, [about], {county: await policy.parameters_for(session, county, clock.today())})
    rows = await store.shown(session, ["e.id = CAST(:id AS uuid)"], {"id": str(error_id)}, limit=1)
    return next(_out(row) for row in rows)


async def ask(session: AsyncSession, principal: Principal, area_code: str | None) -> RunOut:
    """Have every household of an area looked at; one that waits or runs already is given again.

    Raises:
        OutsideArea, AreaNeeded
    """
    area = principal.acting_area(area_code)
    await locks.lock_on(session, locks.LockOn.QUALITY_RUN, area)
    known = await store.unfinished(session, area)
    if known is not None:
        return _run(known)
    asked = QualityRun(id=UUID(ids.new_id()), area_code=area, asked_by=principal.actor, asked_at=clock.now())
    session.add(asked)
    await session.flush()
    await session.execute(text(f"NOTIFY {CHANNEL}"))
    return _run(asked)


async def progress(session: AsyncSession, principal: Principal, run_id: UUID) -> RunOut:
    """Give how far a run is.

    Raises:
        QualityRunNotFound: there is none of an area of the caller's.
    """
    found = await store.run(session, run_id)
    if found is None or not principal.covers(found.area_code):
        raise QualityRunNotFound("no such run within your areas")
    return _run(found)


async def titles(database: Database, principal: Principal, rows: Sequence[QualityErrorOut]) -> Titles:
    """Give what the households of a page are recognised by."""
    wanted = TitlesIn(household_ids=list(dict.fromkeys(row.household_id for row in rows)))
    found = await households.titles(database, principal, wanted)
    return Titles(TitlesState.SHOWN, TitlesOut.model_validate_json(found))


def _reach(principal: Principal, wanted: ErrorQuery | CountQuery) -> tuple[list[str], dict[str, Any]]:
    """Give the conditions of what the caller sees and asks for, with their parameters."""
    clause, own = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], dict[str, Any](own)
    if wanted.rule is not None:
        conditions.append("e.rule = :rule")
        values["rule"] = wanted.rule
    if wanted.level is not None:
        conditions.append("e.rule = ANY(CAST(:rules AS text[]))")
        values["rules"] = rules.load().codes(wanted.level)
    if wanted.grid is not None:
        conditions.append("h.grid = :grid")
        values["grid"] = wanted.grid
    return conditions, values


def _out(row: RowMapping) -> QualityErrorOut:
    rule = rules.load().rules.get(row["rule"])
    accepted = None
    if row["accepted_at"] is not None:
        accepted = AcceptedOut(at=row["accepted_at"], by=row["accepted_by"], reason=row["accepted_reason"])
    return QualityErrorOut.model_validate(
        {
            **row,
            "level": rule.level if rule else None,
            "rule_title": rule.title if rule else None,
            "advice": rule.advice if rule else None,
            "accepted": accepted,
        }
    )


def _run(found: QualityRun) -> RunOut:
    state = "done" if found.finished_at else "waiting" if found.households is None else "running"
    return RunOut.model_validate(found.model_dump() | {"id": str(found.id), "state": state})
