"""P2: findings are the oracle's, clues are what the findings make."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bangfu_local.demo import month as demo
from contracts.vocabulary import RiskType
from faults.checks import rows_of, some
from faults.month import PERIOD

if TYPE_CHECKING:
    from faults.month import Month

_WORST = ("RED", "ORANGE", "YELLOW", "INFO")
_ORANGE_TO_RED = 2


async def findings_equal_the_oracle(month: Month) -> list[str]:
    """The findings that hold are exactly those worked out from the files by the other implementation."""
    found = await demo.read_findings(month.arena.system, PERIOD, month.register)
    truth = month.county.truth
    wrong = [f"P2: missed {case}" for case in sorted(truth - found, key=str)[:5]]
    return wrong + [f"P2: found {case} though it does not hold" for case in sorted(found - truth, key=str)[:5]]


async def clues_equal_the_findings(month: Month) -> list[str]:
    """Each finding supports one clue, a household and risk has one at a time, as severe as its findings make it."""
    findings = {
        row[0]: row[1:]
        for row in await rows_of(
            month.arena,
            "sharing",
            "SELECT finding_id::text, household_id, risk_type, severity, rule_id, withdrawn_at IS NOT NULL"
            f" FROM finding WHERE risk_type <> '{RiskType.DATA}'",  # questionable data are no clue of a township
        )
    }
    sources = {
        row[0]: row[1:]
        for row in await rows_of(
            month.arena,
            "alerts",
            "SELECT finding_id, clue_id::text, withdrawn_at IS NOT NULL FROM clue_source WHERE finding_id IS NOT NULL",
        )
    }
    found: list[str] = []
    if lost := findings.keys() - sources.keys():
        found.append(f"P2: findings without a clue: {some(lost)}")
    if ghosts := sources.keys() - findings.keys():
        found.append(f"P2: clues from findings that do not exist: {some(ghosts)}")
    if stale := {key for key, row in sources.items() if key in findings and row[1] != findings[key][4]}:
        found.append(f"P2: sources that do not know whether their finding holds: {some(stale)}")
    clues = await rows_of(
        month.arena,
        "alerts",
        "SELECT id::text, household_id, risk_type, severity, raised_at, verified_at FROM clue ORDER BY raised_at",
    )
    places: dict[tuple[str, str], list[tuple[object, ...]]] = defaultdict(list)
    for clue in clues:
        places[clue[1], clue[2]].append(clue)
    # What is found once a clue has its result is another clue's.
    if twice := {place for place, of in places.items() if any(not _ended_before(*two) for two in pairwise(of))}:
        found.append(f"P2: more than one clue at a time for a household and risk: {some(twice)}")
    wanted = {(row[0], row[1]) for row in findings.values()}
    by_hand = {(household, risk) for clue_id, household, risk, *_ in clues if clue_id in month.by_hand}
    if places.keys() != wanted | by_hand:
        found.append(
            f"P2: clues missing {some(wanted - places.keys())},"
            f" clues without reason {some(places.keys() - wanted - by_hand)}"
        )
    return found + _wrong_severities(month, findings, sources, clues)


def _ended_before(clue: tuple[Any, ...], later: tuple[Any, ...]) -> bool:
    """Tell whether a clue had its result when the next one for its household and risk was raised."""
    raised_at, verified_at = later[4], clue[5]
    return verified_at is not None and verified_at <= raised_at


def _wrong_severities(
    month: Month,
    findings: dict[str, tuple[object, ...]],
    sources: dict[str, tuple[object, ...]],
    clues: list[tuple[object, ...]],
) -> list[str]:
    """Severities of clues that nobody touched, in households whose findings all hold."""
    by_clue: dict[object, set[str]] = defaultdict(set)
    orange: dict[object, set[object]] = defaultdict(set)
    changed = {row[0] for row in findings.values() if row[4]}
    for finding_id, (household, _, severity, rule, _) in findings.items():
        if finding_id in sources:
            by_clue[sources[finding_id][0]].add(str(severity))
        if severity == "ORANGE":
            orange[household].add(rule)
    found: list[str] = []
    for clue_id, household, _, severity, *_ in clues:
        severities = by_clue.get(clue_id)
        if not severities or household in changed or clue_id in month.results or clue_id in month.by_hand:
            continue
        worst = next(item for item in _WORST if item in severities)
        if worst == "ORANGE" and len(orange[household]) >= _ORANGE_TO_RED:
            worst = "RED"
        if severity != worst:
            found.append(f"P2: clue {clue_id} is {severity}, its findings make it {worst}")
    return found


async def verifications_held(month: Month) -> list[str]:
    """What was verified and acknowledged is the clue's state, once; a confirmed clue opened one case."""
    states: dict[str, str] = dict(await rows_of(month.arena, "alerts", "SELECT id::text, state FROM clue"))
    times: dict[str, int] = dict(
        await rows_of(month.arena, "alerts", "SELECT clue_id::text, count(*) FROM verification GROUP BY 1")
    )
    found = [
        f"P1: clue {clue_id} was verified as {wanted} and is {states.get(clue_id)}"
        for clue_id, (wanted, _) in month.results.items()
        if states.get(clue_id) != wanted
    ]
    found += [f"P1: clue {clue_id} was verified {count} times" for clue_id, count in times.items() if count != 1]
    confirmed = {clue_id for clue_id, (wanted, _) in month.results.items() if wanted == "confirmed_identify"}
    opened = await rows_of(
        month.arena, "registry", "SELECT clue_id, count(*) FROM episode WHERE clue_id IS NOT NULL GROUP BY 1"
    )
    if dict(opened) != dict.fromkeys(confirmed, 1):
        found.append(f"P3: confirmed clues {some(confirmed)} opened {some(opened)}")
    return found
