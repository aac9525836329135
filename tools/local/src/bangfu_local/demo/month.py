"""The month itself: departments push, the comparison runs, its findings meet the oracle."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bangfu.sdk.models import ComparisonRun, Receipt
from bangfu.sdk.sharing import Sent
from bangfu_county.oracle import KNOWN_RULES, Expected, check_manifest
from bangfu_local.demo.report import Pushed, RuleScore
from bangfu_local.embedded.clients import BUREAU, DEPARTMENTS, department_client

if TYPE_CHECKING:
    from rich.progress import Progress

    from bangfu.sdk import Bangfu
    from bangfu_county import Manifest

_MANY_REFUSED = "refused"
Case = tuple[str, str, str, str | None]
"""(rule, severity, hh_no, person_no)"""


class Clients(Protocol):
    """Opens SDK clients by their id: an embedded system, or one that runs elsewhere."""

    def client(self, client_id: str) -> Bangfu:
        """A client of the gateway; the caller closes it."""
        ...


@dataclass(frozen=True)
class Registered:
    """How the system's ids and the county's numbers belong together."""

    hh_no: dict[str, str]
    person_no: dict[str, str]
    area: dict[str, str]
    monitored: set[str]


async def push_month(
    system: Clients, county: Path, manifest: Manifest, progress: Progress, *, departments: Collection[str] = DEPARTMENTS
) -> dict[str, Pushed]:
    """Push every dataset of `departments` as its own department, all departments at a time."""
    files: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for entry in sorted(manifest.files, key=lambda entry: entry.part):
        files[entry.department, entry.dataset].append(county / entry.path)
    by_department: dict[str, list[tuple[str, list[Path]]]] = defaultdict(list)
    for (department, dataset), paths in files.items():
        by_department[department].append((dataset, paths))
    done: dict[str, Pushed] = {}

    async def push(department: str) -> None:
        async with system.client(department_client(department)) as bangfu:
            for dataset, paths in by_department[department]:
                dirt = manifest.dirt[dataset]
                bar = progress.add_task(f"{department} {dataset}", total=dirt.rows)

                def advance(sent: Sent, bar: int = bar) -> None:
                    progress.advance(bar, sent.part.rows)  # type: ignore[arg-type]  # TaskID is an int

                pushed = await bangfu.deliveries.push(dataset, paths, period=manifest.period, progress=advance)
                await believe(system, pushed.receipt)
                codes = await bangfu.deliveries.reject_counts(pushed.receipt.delivery_id)
                done[dataset] = Pushed(
                    rows=pushed.rows,
                    accepted=pushed.receipt.rows_accepted,
                    rejected=pushed.receipt.rows_rejected,
                    rejected_by_code=dict(sorted(codes.items())),
                    expected_rejected_by_code=dict(sorted(dirt.rejected.items())),
                )

    await asyncio.gather(*(push(department) for department in by_department if department in departments))
    return dict(sorted(done.items()))


async def believe(system: Clients, receipt: Receipt) -> None:
    """Let the bureau release a list that is held: in a small county the planted faults are a large share of a list.

    Anything that is held for another reason stays held, and its rules are skipped.
    """
    reasons = {reason["code"] for reason in receipt.hold.reasons} if receipt.hold else set()
    if reasons == {_MANY_REFUSED}:
        async with system.client(BUREAU) as bureau:
            await bureau.deliveries.release(receipt.delivery_id, "退回行均为演示植入的错误行,其余可用")


def intake_failures(pushed: dict[str, Pushed], manifest: Manifest) -> list[str]:
    """Compare receipts with the dirt that the generator put in."""
    failures: list[str] = []
    for dataset, dirt in manifest.dirt.items():
        found = pushed.get(dataset)
        if found is None:
            failures.append(f"{dataset}: not pushed")
            continue
        if found.rows != dirt.rows:
            failures.append(f"{dataset}: {found.rows} rows read, {dirt.rows} written")
        if found.accepted != dirt.accepted:
            failures.append(f"{dataset}: {found.accepted} rows accepted, {dirt.accepted} expected")
        expected = {code: count for code, count in dirt.rejected.items() if count}
        if found.rejected_by_code != expected:
            failures.append(f"{dataset}: rejected {found.rejected_by_code}, expected {expected}")
    return failures


async def compare(system: Clients, period: str, *, timeout_s: float) -> ComparisonRun:
    """Run the comparison of the period and wait for it."""
    async with system.client(BUREAU) as bangfu:
        run = await bangfu.comparison.start(period)
        return await bangfu.comparison.wait(run.id, timeout_s=timeout_s)


def matching_failures(run: ComparisonRun, pushed: dict[str, Pushed], manifest: Manifest) -> list[str]:
    """Compare what matched with what the generator expects, and note it in `pushed`."""
    failures: list[str] = []
    if run.state != "done":
        failures.append(f"comparison run is {run.state}: {run.model_extra}")
    failures += [
        f"{rule.rule_id}: skipped because {rule.skipped_because}" for rule in run.rules if rule.skipped_because
    ]
    for matching in run.matching:
        dirt = manifest.dirt.get(matching.dataset)
        if dirt is None:
            continue
        row = pushed[matching.dataset]
        row.matched, row.quarantined, row.unmatched = matching.matched, matching.quarantined, matching.unmatched
        if (matching.quarantined, matching.unmatched) != (dirt.quarantined, dirt.unmatched):
            failures.append(
                f"{matching.dataset}: quarantined {matching.quarantined} and unmatched {matching.unmatched}, "
                f"expected {dirt.quarantined} and {dirt.unmatched}"
            )
    return failures


async def read_register(system: Clients) -> Registered:
    """Read which id the registry gave to which household and person."""
    register = Registered({}, {}, {}, set())
    async with system.client(BUREAU) as bangfu:
        async for household in bangfu.households.list():
            register.hh_no[household.id] = household.hh_no
            register.area[household.id] = household.area_code
            if household.is_monitored:
                register.monitored.add(household.id)
            for member in household.members:
                if member.person_no:
                    register.person_no[member.id] = member.person_no
    return register


async def read_duties(system: Clients) -> dict[str, dict[str, int]]:
    """Count what must be done by a day, by kind and state; what is overdue is open."""
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    async with system.client(BUREAU) as bangfu:
        counts = await bangfu.duties.counts()
    for row in counts.model_dump()["items"]:
        tallies[row["kind"]].update({row["state"]: row["duties"], "overdue": row["overdue"]})
    return {kind: dict(tally) for kind, tally in sorted(tallies.items())}


async def read_findings(system: Clients, period: str, register: Registered) -> set[Case]:
    """Read the findings of the period as cases: all of the rules that the oracle knows."""
    async with system.client(BUREAU) as bangfu:
        return {
            (
                finding.rule_id,
                finding.severity,
                register.hh_no[finding.household_id],
                register.person_no[finding.person_id] if finding.person_id else None,
            )
            async for finding in bangfu.comparison.findings(period=period)
            if finding.rule_id in KNOWN_RULES
        }


def uncompared(run: ComparisonRun) -> dict[str, int]:
    """Give the findings of each rule that the oracle does not know: nobody worked out whether they are right."""
    return {rule.rule_id: rule.findings for rule in run.rules if rule.rule_id not in KNOWN_RULES}


def score(found: set[Case], expected: set[Case], manifest: Manifest) -> dict[str, RuleScore]:
    """Count per rule; a wrong severity counts as missed and as false."""
    scores: dict[str, RuleScore] = defaultdict(RuleScore)
    for planted in manifest.planted:
        scores[planted.rule].planted += 1
    for rule, *_ in expected:
        scores[rule].expected += 1
    for rule, *_ in found:
        scores[rule].found += 1
    for rule, *_ in expected - found:
        scores[rule].missed += 1
    for rule, *_ in found - expected:
        scores[rule].false += 1
    return dict(sorted(scores.items()))


def finding_failures(found: set[Case], expected: set[Case], manifest: Manifest) -> list[str]:
    """Say what was missed, what should not have been found, and which near-miss was hit."""
    failures: list[str] = []
    missed, false = expected - found, found - expected
    failures += [f"missed: {case}" for case in sorted(missed, key=str)[:10]]
    failures += [f"found though it should not be: {case}" for case in sorted(false, key=str)[:10]]
    if len(missed) > 10 or len(false) > 10:
        failures.append(f"{len(missed)} missed and {len(false)} false in all")
    return failures + check_manifest({Expected(*case) for case in found}, manifest)
