"""The comparison of the households about which rows were pushed singly, and what it changes: one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import FindingRaised, FindingWithdrawn
from contracts.vocabulary import RiskType
from servicekit import outbox
from servicekit.db import copy_rows, execute
from servicekit.failpoints import failpoint_async
from sharing.catalogue.service import Catalogue
from sharing.comparison.coverage import Coverage
from sharing.comparison.few_rows import linked_rows
from sharing.comparison.in_postgres import Directory, FewHouseholds, Finding
from sharing.comparison.inputs import AreaParameters, Inputs, Source
from sharing.comparison.list_rows import ListRows
from sharing.comparison.merge import Merged
from sharing.comparison.outcome import Outcome
from sharing.comparison.store import ClaimedRun
from sharing.deliveries.effective import EffectiveSource

FactNames = Mapping[str, Mapping[str, Any]]


class FewComparison:
    """Finds what holds for a few households: the same as a whole comparison finds for them."""

    def __init__(self, catalogue: Catalogue, lists: ListRows) -> None:
        """Use the rules of `catalogue`; rows of delivered lists are looked up in `lists`."""
        self._catalogue = catalogue
        self._rules = FewHouseholds(catalogue)
        self._lists = lists

    async def compare(
        self,
        session: AsyncSession,
        run: ClaimedRun,
        directory: Directory,
        sources: Sequence[EffectiveSource],
        parameters: tuple[AreaParameters, ...],
    ) -> tuple[Outcome, list[Finding]]:
        """Compare the households of `directory`.

        Args:
            sources: As `lists_and_areas` gives them.
        """
        inputs = Inputs(
            period=run.period,
            rules={compiled.rule.id: compiled.rule.version for compiled in self._catalogue.rules},
            sources=tuple(
                Source(s.dataset, s.delivery_id, s.kind, s.period, s.commit_seq, s.paths, s.exclusion, s.area_code)
                for s in sources
            ),
            parameters=parameters,
            is_limited=True,
        )
        linked = await linked_rows(session, self._lists, sources, run.period, directory.person)
        found = await self._rules.find(session, inputs, directory, linked)
        coverage = Coverage(self._catalogue, inputs)
        counts = Counter(finding.rule_id for finding in found)
        return Outcome(
            coverage.outcomes(counts), [each.matching for each in linked.values()], coverage.skipped()
        ), found


@dataclass(frozen=True)
class _Stored:
    finding_id: str
    rule_id: str
    household_id: str
    area_code: str
    stands: bool


_STORED = """
SELECT finding_id::text, rule_id, household_id, area_code, withdrawn_at IS NULL
FROM finding WHERE period = :period
  AND household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)
ORDER BY household_id, rule_id
"""

_REVIVE = """
UPDATE finding SET run_id = :run, found_at = :at, withdrawn_at = NULL, withdrawn_by = NULL, area_code = :area_code,
    parameters = CAST(:parameters AS json), profile_version = :profile_version,
    deliveries = CAST(:deliveries AS text[])
WHERE finding_id = CAST(:finding_id AS uuid)
"""

_COLUMNS = (
    "finding_id", "run_id", "rule_id", "rule_version", "scope", "household_id", "person_id", "area_code", "period",
    "risk_type", "severity", "evidence", "parameters", "profile_version", "deliveries", "found_at",
)  # fmt: skip


async def merge(
    session: AsyncSession,
    run: ClaimedRun,
    found: Sequence[Finding],
    *,
    skipped: Sequence[tuple[str, str | None]],
    fact_names: FactNames,
    at: datetime,
) -> Merged:
    """Make the findings of the run's households those of `found`; announce each difference once (F-A06).

    Args:
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere: their findings stay.
    """
    rows = await (await execute(session, _STORED, {"period": run.period, "run": run.id})).fetchall()
    stored = {row[0]: _Stored(*row) for row in rows}
    now = {finding.finding_id: finding for finding in sorted(found, key=lambda f: (f.household_id, f.rule_id))}
    new = [finding for key, finding in now.items() if key not in stored]
    revived = [finding for key, finding in now.items() if key in stored and not stored[key].stands]
    moved = [
        f for key, f in now.items() if key in stored and stored[key].stands and stored[key].area_code != f.area_code
    ]
    left_alone = set(skipped)
    gone = [
        old
        for key, old in stored.items()
        if old.stands and key not in now and not {(old.rule_id, None), (old.rule_id, old.area_code)} & left_alone
    ]
    if new:
        await copy_rows(session, "finding", _COLUMNS, (_row(run, finding, at) for finding in new))
    for finding in revived:
        values = {name: getattr(finding, name) for name in ("finding_id", "area_code", "parameters", "profile_version")}
        values |= {"run": run.id, "at": at, "deliveries": list(finding.deliveries)}
        await execute(session, _REVIVE, values)
    raised = [finding for key, finding in now.items() if key not in stored or not stored[key].stands]
    if raised:
        await outbox.add(session, [_event(run, finding, fact_names, at) for finding in raised])
    await failpoint_async("comparison.findings_raised")
    for finding in moved:
        await execute(
            session,
            "UPDATE finding SET area_code = :area WHERE finding_id = CAST(:id AS uuid)",
            {"area": finding.area_code, "id": finding.finding_id},
        )
    if gone:
        await execute(
            session,
            "UPDATE finding SET withdrawn_at = :at, withdrawn_by = :run WHERE finding_id = ANY(CAST(:ids AS uuid[]))",
            {"at": at, "run": run.id, "ids": [old.finding_id for old in gone]},
        )
        await outbox.add(session, [_withdrawal(run, old, at) for old in gone])
    await failpoint_async("comparison.findings_withdrawn")
    return Merged(Counter(f.rule_id for f in raised), Counter(old.rule_id for old in gone))


def _row(run: ClaimedRun, finding: Finding, at: datetime) -> tuple[Any, ...]:
    values = {**vars(finding), "run_id": run.id, "period": run.period, "found_at": at}
    values["deliveries"] = list(finding.deliveries)
    return tuple(values[name] for name in _COLUMNS)


def _event(run: ClaimedRun, finding: Finding, fact_names: FactNames, at: datetime) -> FindingRaised:
    values = {**vars(finding), "run_id": run.id, "period": run.period, "found_at": at}
    values |= {"evidence": json.loads(finding.evidence), "parameters": json.loads(finding.parameters)}
    values |= {"risk_type": RiskType(finding.risk_type), "fact_names": fact_names[finding.rule_id]}
    return FindingRaised(**values)


def _withdrawal(run: ClaimedRun, old: _Stored, at: datetime) -> FindingWithdrawn:
    return FindingWithdrawn(
        finding_id=old.finding_id,
        run_id=run.id,
        rule_id=old.rule_id,
        household_id=old.household_id,
        period=run.period,
        withdrawn_at=at,
    )
