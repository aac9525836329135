"""Use cases of explanations."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import PARAMETERS, Words
from contracts.sentences import IN_CHINESE, IN_ENGLISH, shown
from servicekit.auth import Principal
from servicekit.db import Database
from sharing.catalogue.service import Catalogue, CompiledRule, load_catalogue, load_datasets
from sharing.deliveries.service import Delivered, delivered
from sharing.explanations.schemas import (
    ChangeTold,
    Condition,
    ExplanationOut,
    FactTold,
    Origin,
    ParameterTold,
    RuleTold,
)
from sharing.explanations.trial import Trial
from sharing.explanations.variations import Change
from sharing.explanations.wording import KNOWN, change, wording
from sharing.findings.service import FindingOut, get_finding
from sharing.lives.service import step_for
from sharing.rulestates import Step


async def explain_finding(database: Database, principal: Principal, finding_id: str) -> ExplanationOut:
    """Tell why a finding is there, and which single value would make it another one.

    A finding of a rule that has another version now is told with its facts and parameters alone: what it was judged
    with is gone.

    Raises:
        UnknownFinding: if there is none, or it is outside the caller's areas or department.
    """
    async with database.transaction() as session:
        finding = await get_finding(session, principal, finding_id)
        origins = await _origins(session, finding)
        step = await step_for(session, finding.rule_id, finding.area_code)
    catalogue = load_catalogue()
    compiled = catalogue.by_id.get(finding.rule_id)
    is_current = compiled is not None and compiled.rule.version == finding.rule_version
    told = ExplanationOut(
        finding_id=finding.finding_id,
        rule=_rule(finding, compiled, step, is_current=is_current),
        severity=finding.severity,
        sentence=finding.explanation,
        conditions=[],
        facts=[_fact(catalogue, name, value, origins) for name, value in finding.evidence.items()],
        parameters=[_parameter(name, value) for name, value in finding.parameters.items()],
        profile_version=finding.profile_version,
        changes=[],
    )
    if compiled is None or not is_current:
        return told
    conditions, changes = await asyncio.to_thread(_try, catalogue, compiled, finding)
    return told.model_copy(update={"conditions": conditions, "changes": changes})


async def _origins(session: AsyncSession, finding: FindingOut) -> dict[str, list[Origin]]:
    """Give the deliveries of a finding by dataset, the newest first."""
    datasets = load_datasets()
    found: dict[str, list[Origin]] = {}
    rows: Sequence[Delivered] = await delivered(session, finding.deliveries)
    for row in sorted(rows, key=lambda row: row.period, reverse=True):
        dataset = datasets[row.dataset]
        found.setdefault(row.dataset, []).append(
            Origin(
                delivery_id=row.id,
                dataset=row.dataset,
                label=Words(zh=dataset.label, en=dataset.english),
                department=dataset.department,
                period=row.period,
                area_code=row.area_code,
                delivered_at=row.closed_at,
                receipt_no=row.receipt_no,
            )
        )
    return found


def _rule(finding: FindingOut, compiled: CompiledRule | None, step: Step | None, *, is_current: bool) -> RuleTold:
    rule = compiled.rule if compiled is not None and is_current else None
    return RuleTold(
        id=finding.rule_id,
        version=finding.rule_version,
        title=rule and rule.title,
        department=rule and rule.department,
        deadline=rule and rule.deadline,
        source=rule and rule.source,
        is_current=is_current,
        state=step.state if step else "active",
        state_reason=step and step.reason,
        state_since=step and step.decided_at,
    )


def _fact(catalogue: Catalogue, name: str, value: Any, origins: Mapping[str, Sequence[Origin]]) -> FactTold:
    fact = catalogue.facts.get(name)
    datasets = fact.datasets if fact else ()
    return FactTold(
        name=name,
        label=Words(zh=fact.zh, en=fact.en) if fact else Words(zh=name, en=name),
        value=value,
        shown=_shown(value),
        datasets=list(datasets),
        origins=[origin for code in datasets for origin in origins.get(code, ())],
    )


def _shown(value: Any) -> Words:
    return Words(zh=shown(value, IN_CHINESE), en=shown(value, IN_ENGLISH))


def _parameter(name: str, value: Any) -> ParameterTold:
    declared = PARAMETERS[name]
    return ParameterTold(
        name=name,
        label=Words(zh=declared.zh, en=declared.en),
        unit=declared.unit,
        value=value,
        source=declared.source,
    )


def _try(catalogue: Catalogue, compiled: CompiledRule, finding: FindingOut) -> tuple[list[Condition], list[ChangeTold]]:
    with Trial(catalogue, compiled, finding.evidence | finding.parameters) as trial:
        conditions = [
            Condition(
                text=wording(tree, catalogue.facts, catalogue.parameters),
                expression=tree.sql("duckdb"),
                holds=holds,
            )
            for tree, holds in zip(compiled.conditions, trial.holds(), strict=True)
        ]
        return conditions, [_change(catalogue, made) for made in trial.changes()]


def _change(catalogue: Catalogue, made: Change) -> ChangeTold:
    variable = made.variable
    known = catalogue.parameters[variable.name] if variable.is_parameter else catalogue.facts[variable.name]
    label = Words(zh=known.zh, en=known.en)
    to: Literal["value", "known", "unknown"] = "unknown" if made.value is None else "value"
    if made.is_any:
        to = "known"
    value = made.value if to == "value" else None
    return ChangeTold(
        kind="parameter" if variable.is_parameter else "fact",
        name=variable.name,
        label=label,
        to=to,
        value=value if isinstance(value, bool | int | None) else str(value),
        severity=made.severity,
        text=change(label, KNOWN if made.is_any else _shown(made.value), made.severity),
    )
