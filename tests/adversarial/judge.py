"""What must be found, from the drawn facts alone: the county's oracle for the rules, folding in the plainest way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from adversarial.county import AS_OF, LIST_DAY, Case, Row
from bangfu_county.oracle import findings
from bangfu_county.oracle.evidence import Evidence
from bangfu_county.oracle.register import read_home
from bangfu_county.oracle.rules import Rules

POLICY_GAPS = frozenset({"R-MED-01", "R-MED-04"})
_RANK = ("INFO", "YELLOW", "ORANGE", "RED")


class Found(NamedTuple):
    """A finding, as everybody can name it."""

    rule: str
    severity: str
    risk: str
    hh_no: str
    person_no: str | None


class Clue(NamedTuple):
    """A clue of a first comparison."""

    hh_no: str
    risk: str
    state: str
    severity: str
    rules: tuple[str, ...]


def evidence_of(
    cases: Iterable[Case], rows: Sequence[Row], before: Sequence[Row], relief_day: date = LIST_DAY
) -> Evidence:
    """Put the rows beside the register: right name, other name or contradictory, nobody of ours, refused.

    Args:
        relief_day: The day that the relief list tells of.
    """
    names = {member["id_no"]: member["name"] for case in cases for member in case.home["members"] if member["id_no"]}
    delivered = {row.dataset for row in rows}
    evidence = Evidence(delivered=delivered, enrolment_day=LIST_DAY, relief_day=relief_day)
    for row in rows:
        if row.flaw not in (None, "contradicts") or row.id_no not in names:
            continue
        if row.dataset == "DS-MED-ENROL" and row.values["year"] == AS_OF.year:
            evidence.insured.add(row.id_no)
        if row.flaw or names[row.id_no] != row.name:
            evidence.quarantined[row.dataset].add(row.id_no)
        else:
            evidence.matched[row.dataset].setdefault(row.id_no, []).append(row.values)
            if row.dataset == "DS-MED-ENROL" and _is_paid_in_full(row.values):
                evidence.paid_in_full.add(row.id_no)
    for row in before:
        if row.dataset == "DS-CIV-LOW" and names.get(row.id_no) == row.name and row.values["change"] != "stopped":
            evidence.listed_before.add(row.id_no)
    return evidence


def _is_paid_in_full(enrolment: Mapping[str, Any]) -> bool:
    """A resident's whole premium of the year, without a subsidy."""
    is_of_resident = enrolment["scheme"] == "resident" and enrolment["year"] == AS_OF.year
    return is_of_resident and enrolment["personal_paid"] > 0 and enrolment["subsidy"] == 0


def expected(
    cases: Iterable[Case], evidence: Evidence, profiles: Mapping[str, Mapping[str, str]], as_of: date = AS_OF
) -> set[Found]:
    """Ask the oracle about each household, with the numbers that hold where it lives.

    Args:
        profiles: Parameters by the digits that a village's code begins with.
    """
    rules = {town: Rules(as_of, evidence, parameters) for town, parameters in profiles.items()}
    found = set()
    for case in cases:
        home = read_home(case.home)
        home.heads |= case.heads
        for finding, risk in findings(rules[case.home["village_code"][:9]], home):
            found.add(Found(finding.rule, finding.severity, risk, finding.hh_no, finding.person_no))
    return found


def folded(months: Mapping[str, set[Found]], cases: Iterable[Case]) -> set[Clue]:
    """Fold findings by month: a clue a household and risk, the worst severity, ORANGE by several rules of a month RED.

    What belongs to an open risk of a monitored household joins its case; what the policy owes never does. Questionable
    data are no clue.
    """
    monitors = {case.home["hh_no"]: case.home["monitor"] for case in cases}
    grouped: dict[tuple[str, str, str], list[Found]] = {}
    orange: dict[tuple[str, str], set[str]] = {}
    for month, each in ((month, each) for month, found in months.items() for each in found):
        if each.risk == "40":
            continue
        monitor: Any = monitors[each.hh_no]
        is_of_case = monitor is not None and each.risk in monitor["risk_types"] and each.rule not in POLICY_GAPS
        state = "existing_case" if is_of_case else "dispatched"
        grouped.setdefault((each.hh_no, each.risk, state), []).append(each)
        if each.severity == "ORANGE":
            orange.setdefault((month, each.hh_no), set()).add(each.rule)
    doubled = {(month, hh_no) for (month, hh_no), rules in orange.items() if len(rules) >= 2}
    clues = set()
    for (hh_no, risk, state), group in grouped.items():
        severity = max((each.severity for each in group), key=_RANK.index)
        if severity == "ORANGE" and any(
            each.severity == "ORANGE" and each in found and (month, hh_no) in doubled
            for month, found in months.items() for each in group
        ):  # fmt: skip
            severity = "RED"
        clues.add(Clue(hh_no, risk, state, severity, tuple(sorted({each.rule for each in group}))))
    return clues


def differences(wanted: Iterable[Any], had: Iterable[Any]) -> list[str]:
    """Say what is missing and what is too much; empty when the two are the same."""
    missing, surplus = set(wanted) - set(had), set(had) - set(wanted)
    told = [f"missing {each}" for each in sorted(missing, key=str)]
    return told + [f"surplus {each}" for each in sorted(surplus, key=str)]
