"""Decisions about differences: the export's value is taken the way a change by hand goes, or the difference ignored.

What is to be accepted of one household is one change: its fields may make sense together only, and its history tells
one thing that happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.incomes import service as incomes
from registry.reconciliation import sealed, service, store
from registry.reconciliation.problems import (
    DifferenceDecided,
    DifferenceNotFound,
    DifferenceStale,
    NotAcceptable,
    ValueExpired,
)
from registry.reconciliation.schemas import DecisionIn, DecisionOut
from registry.reconciliation.tables import Difference
from registry.reconciliation.values import can_accept
from registry.settings import IdentityKeys
from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.etags import etag_of
from servicekit.problems import InvalidInput, Problem

_CAUSE = "reconciliation"  # what the household's history calls it


async def decide(
    database: Database,
    principal: Principal,
    registrar: households.matches.Registering,
    reconciliation_id: str,
    wanted: Sequence[DecisionIn],
) -> list[DecisionOut]:
    """Carry out decisions; give what became of each, in their order.

    Raises:
        ReconciliationNotFound
    """
    async with database.transaction() as session:
        await service.require(session, principal, reconciliation_id)
        known = await store.lock(session, reconciliation_id, [each.id for each in wanted], _own(principal))
        homes = {each.id: each.household_id for each in known}
    answers: dict[UUID, DecisionOut] = {}
    groups: dict[UUID | str | None, list[DecisionIn]] = defaultdict(list)
    for each in wanted:
        groups[homes.get(each.id) if each.decision == "accept" else each.reason].append(each)
    for group in groups.values():
        answers |= await _decide_together(database, principal, registrar, reconciliation_id, group)
    return [answers[each.id] for each in wanted]


async def _decide_together(
    database: Database,
    principal: Principal,
    registrar: households.matches.Registering,
    reconciliation_id: str,
    group: Sequence[DecisionIn],
) -> dict[UUID, DecisionOut]:
    try:
        async with registrar.counted(principal, "patch"), database.transaction() as session:
            await store.catch_up(session, registrar.keys, reconciliation_id)
            found = await store.lock(session, reconciliation_id, [each.id for each in group], _own(principal))
            by_id = {each.id: each for each in found}
            answers: dict[UUID, DecisionOut] = {}
            decided: list[Difference] = []
            for each in group:
                try:
                    difference = _as_it_was_read(by_id.get(each.id), each)
                except Problem as problem:
                    answers[each.id] = _refused(each, problem)
                else:
                    decided.append(difference)
            is_accepting = group[0].decision == "accept"
            if decided and is_accepting:
                await _accept(session, principal, registrar.keys, decided)
            state = "accepted" if is_accepting else "ignored"
            for difference in decided:
                difference.reason = group[0].reason
                answers[difference.id] = DecisionOut(id=str(difference.id), state=state)
            await store.decide(session, decided, state, by=principal.actor, at=clock.now())
            return answers
    except Problem as problem:
        return {each.id: _refused(each, problem) for each in group}


def _own(principal: Principal) -> store.Clause:
    return principal.area_clause(store.AREA, store.IN_GRID)


def _refused(wanted: DecisionIn, problem: Problem) -> DecisionOut:
    return DecisionOut(id=str(wanted.id), state="refused", problem=problem.document())


def _as_it_was_read(difference: Difference | None, wanted: DecisionIn) -> Difference:
    """Give a difference that may still be decided, and is what the caller saw.

    Raises:
        DifferenceNotFound, DifferenceDecided, DifferenceStale, NotAcceptable, ValueExpired
    """
    if difference is None:
        raise DifferenceNotFound("no such difference within your areas")
    if difference.state == "accepted":
        raise DifferenceDecided("the difference was accepted")
    if difference.state == "gone" or difference.revision != wanted.revision:
        raise DifferenceStale("the register has changed since", state=difference.state, revision=difference.revision)
    if wanted.decision == "accept":
        if not can_accept(difference.kind, difference.subject, difference.field):
            raise NotAcceptable(f"a difference {difference.kind} {difference.field} is no change by hand")
        if difference.is_sealed and difference.exported_mark is not None and difference.sealed is None:
            raise ValueExpired("the value was deleted")
    return difference


async def _accept(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, decided: Sequence[Difference]
) -> None:
    """Take the export's values of one household.

    Raises:
        Problem: as a change by hand is refused.
    """
    household_id = str(decided[0].household_id)
    household = await households.require_active(session, principal, household_id, lock=True)
    patch: dict[str, Any] = {}
    members: dict[str, dict[str, Any]] = defaultdict(dict)
    amounts: dict[int, dict[str, Any]] = defaultdict(dict)
    for each in decided:
        value = each.exported
        if each.is_sealed:
            value = sealed.open_value(keys.cipher, each.sealed, str(each.id)) if each.sealed else None
        if each.subject == "household":
            patch[each.field] = value
        elif each.subject == "person":
            members[str(each.person_id)][each.field] = value
        elif each.year is not None:
            amounts[each.year][each.field] = value
    for person_id, member in members.items():
        if "id_no" in member and "birth_date" not in member:  # the two are given together; this one is the same
            found = await households.person(session, person_id)
            member["birth_date"] = found[0].birth_date.isoformat() if found else None
    try:
        body = households.HouseholdPatch.model_validate(
            patch | ({"members": [{"id": key, **member} for key, member in members.items()]} if members else {}),
        )
        years = {year: incomes.IncomeBody.model_validate(given) for year, given in amounts.items()}
    except ValidationError as error:
        raise InvalidInput("the export's value cannot be taken as a change by hand") from error
    if body.model_fields_set:
        await households.editing.patch(session, principal, keys, household_id, body, etag_of(household.version), _CAUSE)
    for year, given in years.items():
        await incomes.put(session, principal, household_id, year, given, _CAUSE)
