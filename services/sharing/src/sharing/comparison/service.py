"""Use cases of comparison runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from contracts.parameters import read_values
from servicekit import clock
from servicekit.auth import Principal, WrongDepartment
from sharing.catalogue.service import load_catalogue, load_varied
from sharing.comparison import store
from sharing.comparison.evaluation.engine import Limits, open_database
from sharing.comparison.held import holding
from sharing.comparison.problems import FuturePeriod, InvalidOverrides, InvalidRules, UnknownRun
from sharing.comparison.schemas import DecisionIn, RunIn, RunOut, RunQuery
from sharing.comparison.starts import by_rule as compare_again
from sharing.comparison.starts import start_of
from sharing.comparison.tables import ComparisonRun
from sharing.directory import service as directory

__all__ = [
    "Limits", "compare_again", "enqueue_households", "get_run", "list_runs", "open_database", "release_run",
    "request_run", "withdraw_run",
]  # fmt: skip


async def request_run(session: AsyncSession, principal: Principal, wanted: RunIn) -> RunOut:
    """Queue a comparison of a period and area (F-A16), or join one that is still waiting; a worker takes it at once.

    Raises:
        WrongDepartment: if the caller is a department: it is for the bureau to compare everybody's data.
        OutsideArea, AreaNeeded: if the area is not the caller's, or has to be named.
        FuturePeriod: if the period has not begun.
        InvalidOverrides: if parameters are unknown, out of range, or given without `dry_run`.
        InvalidRules: if rules are wrong, or given without `dry_run`.
    """
    if principal.department is not None:
        raise WrongDepartment("only a client of no department compares the data of all")
    if wanted.period > clock.today().strftime("%Y-%m"):
        raise FuturePeriod(f"the period {wanted.period} has not begun")
    if wanted.parameters and not wanted.dry_run:
        raise InvalidOverrides("parameters can only be tried out, with dry_run")
    values, errors = read_values(wanted.parameters)
    if errors:
        raise InvalidOverrides("parameters cannot be used", errors=errors)
    if wanted.rules and not wanted.dry_run:
        raise InvalidRules("rules can only be tried out, with dry_run")
    await asyncio.to_thread(_check_rules, wanted.rules)
    start = start_of("request", wanted.period, by=principal.actor)
    area_code = await directory.narrowed(session, principal.acting_area(wanted.area_code))
    if not wanted.dry_run:
        run_id = await store.enqueue_full(session, start, area_code, 0)
        return await get_run(session, principal, run_id)
    run = ComparisonRun(
        id=start.run_id,
        kind="dry_run",
        period=wanted.period,
        area_code=area_code,
        requested_by=principal.actor,
        requested_at=start.at,
        traceparent=start.traceparent,
        causes=[dict(start.cause)],
        cause_count=1,
        overrides={name: str(value) for name, value in values.items()},
        trial_rules=wanted.rules,
    )
    await store.insert_run(session, run)
    return _out(run, principal)


def _check_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """Check each rule by itself first, so that an error says whose it is, then all of them together."""
    if not rules:
        return
    for place, rule in enumerate(rules):
        try:
            load_varied([rule])
        except ValueError as error:
            wrong = FieldError(f"/rules/{place}", "rule.invalid", f"规则有误 / {error}")
            raise InvalidRules("a rule cannot be used", errors=[wrong]) from error
    if len({rule["id"] for rule in rules}) != len(rules):
        raise InvalidRules("a rule is given twice", errors=[FieldError("/rules", "rule.twice", "同一规则重复 / twice")])


async def enqueue_households(session: AsyncSession, id_tokens: Sequence[str], period: str) -> None:
    """Queue a comparison limited to the households of these persons, for rows that were pushed singly.

    Part of the caller's transaction; the worker is woken when it commits. Persons that are not in the
    directory are passed over: the next full run meets them.
    """
    await store.enqueue_households(session, start_of("record", period), tokens=id_tokens)


async def get_run(session: AsyncSession, principal: Principal, run_id: str) -> RunOut:
    """Give a run with its progress; a department sees what became of its own data only.

    Raises:
        UnknownRun: if there is none within the caller's areas.
    """
    run = await store.get_run(session, run_id)
    if run is None or not principal.covers(run.area_code) or _is_hidden(run, principal):
        raise UnknownRun(f"no comparison run {run_id}")
    return _out(run, principal)


async def list_runs(session: AsyncSession, principal: Principal, wanted: RunQuery, before: str | None) -> list[RunOut]:
    """Give runs of the caller's areas, newest first."""
    return [_out(run, principal) for run in await store.list_runs(session, principal, wanted, before)]


def _is_hidden(run: ComparisonRun, principal: Principal) -> bool:
    """Tell whether a run would answer a department's guess: it is there only if somebody of its few is registered."""
    return run.kind == "limited" and principal.department is not None


async def release_run(session: AsyncSession, principal: Principal, run_id: str, decision: DecisionIn) -> RunOut:
    """Believe a held run; see `holding.release`."""
    return _out(await holding.release(session, principal, run_id, decision.reason), principal)


async def withdraw_run(session: AsyncSession, principal: Principal, run_id: str, decision: DecisionIn) -> RunOut:
    """Give a held run up; see `holding.withdraw`."""
    return _out(await holding.withdraw(session, principal, run_id, decision.reason), principal)


def _out(run: ComparisonRun, principal: Principal) -> RunOut:
    out = RunOut.model_validate(run.model_dump() | run.result)
    if principal.department is None:
        return out
    mine = load_catalogue()
    rules = {rule_id for rule_id, each in mine.by_id.items() if each.rule.department == principal.department}
    return out.model_copy(
        update={
            "rules": [rule for rule in out.rules if rule.rule_id in rules],
            "jumps": [jump for jump in out.jumps if jump.rule_id in rules],
            "matching": [],  # a list with one number more would answer whether that is registered
            "difference": out.difference and [each for each in out.difference if each.rule_id in rules],
        }
    )
