"""What a comparison must find, worked out slowly and in the plainest way from the generated files.

Nothing is shared with the services' rules, and nothing with the generator but the names of files: own ID check, own
readers, own tables. One household after the other, one rule after the other.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bangfu_county.manifest import Manifest
from bangfu_county.oracle import counters, employment, student_aid
from bangfu_county.oracle.civil import r_civ_04, r_civ_05, r_civ_06, r_civ_07, r_med_05
from bangfu_county.oracle.disability import r_dpf_01, r_dpf_02
from bangfu_county.oracle.disaster import r_emg_01, r_emg_02
from bangfu_county.oracle.evidence import Tally, collect, read_households
from bangfu_county.oracle.health import r_hea_01, r_hea_02, r_med_04
from bangfu_county.oracle.police import r_psb_01, r_psb_02
from bangfu_county.oracle.projects import r_agr_06, r_mkt_01, r_nat_01
from bangfu_county.oracle.register import Home, Member, read_home
from bangfu_county.oracle.rules import Rules
from bangfu_county.oracle.water import r_wat_01, r_wat_02
from bangfu_county.oracle.works import r_hou_03

__all__ = ["KNOWN_RULES", "Expected", "Tally", "check_manifest", "expected", "findings", "tallies"]


class Expected(NamedTuple):
    """A finding that must come out; `person_no` is None for rules about households."""

    rule: str
    severity: str
    hh_no: str
    person_no: str | None


def _as_of(county: Path) -> date:
    period = json.loads((county / "manifest.json").read_text(encoding="utf-8"))["period"]
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, monthrange(year, month)[1])


# rule -> (full dataset without which nothing can be said, how to ask about a member)
_OF_MEMBERS: dict[str, tuple[str | None, Callable[[Rules, Home, Member], str | None]]] = {
    "R-EDU-01": ("DS-EDU-ROLL", lambda rules, _, member: rules.r_edu_01(member)),
    "R-EDU-91": ("DS-EDU-ROLL", lambda rules, _, member: rules.r_edu_91(member)),
    "R-CIV-91": ("DS-CIV-LOW", lambda rules, _, member: rules.r_civ_91(member)),
    "R-EDU-02": (None, lambda rules, _, member: rules.r_edu_02(member)),
    "R-MED-01": ("DS-MED-ENROL", Rules.r_med_01),
    "R-MED-02": ("DS-MED-COST", Rules.r_med_02),
    "R-MED-03": ("DS-MED-COST", lambda rules, _, member: rules.r_med_03(member)),
    "R-HEA-01": (None, r_hea_01),
    "R-DPF-01": (None, r_dpf_01),
    "R-HRS-01": ("DS-HRS-WORK", lambda rules, _, member: employment.r_hrs_01(rules, member)),
    "R-HRS-05": ("DS-HRS-PENSION", employment.r_hrs_05),
    "R-EDU-04": ("DS-EDU-ROLL", student_aid.r_edu_04),
    "R-EDU-05": ("DS-EDU-AID", student_aid.r_edu_05),
    "R-EDU-06": (None, student_aid.r_edu_06),
    "R-HRS-04": (None, lambda rules, _, member: employment.r_hrs_04(rules, member)),
    "R-HRS-03": ("DS-HRS-WORK", lambda rules, _, member: employment.r_hrs_03(rules, member)),
    "R-DPF-02": ("DS-CIV-DIS2", r_dpf_02),
    "R-CIV-04": ("DS-CIV-LOW", r_civ_04),
    "R-CIV-05": ("DS-CIV-CHILD", r_civ_05),
    "R-EMG-02": (None, r_emg_02),
    "R-HEA-02": ("DS-HEA-CONTRACT", r_hea_02),
    "R-MED-04": ("DS-MED-ENROL", r_med_04),
    "R-PSB-01": (None, r_psb_01),
    "R-PSB-02": (None, r_psb_02),
    "R-FIN-01": ("DS-FIN-SUBSIDY", counters.r_fin_01),
    "R-CIV-06": (None, r_civ_06),
    "R-MED-05": ("DS-MED-COST", r_med_05),
}
_OF_HOMES: dict[str, tuple[str | None, Callable[[Rules, Home], str | None]]] = {
    "R-EDU-03": ("DS-EDU-ROLL", Rules.r_edu_03),
    "R-CIV-01": (None, Rules.r_civ_01),
    "R-CIV-02": (None, Rules.r_civ_02),
    "R-CIV-03": ("DS-CIV-LOW", Rules.r_civ_03),
    "R-HOU-01": (None, Rules.r_hou_01),
    "R-HOU-02": (None, Rules.r_hou_02),
    "R-WAT-01": (None, r_wat_01),
    "R-WAT-02": (None, r_wat_02),
    "R-AGR-06": ("DS-AGR-LINK", r_agr_06),
    "R-MKT-01": ("DS-MKT-ENT", r_mkt_01),
    "R-NAT-01": (None, r_nat_01),
    "R-HRS-02": ("DS-HRS-WORK", employment.r_hrs_02),
    "R-EMG-01": (None, r_emg_01),
    "R-HOU-03": ("DS-HOU-WORKS", r_hou_03),
    "R-BNK-01": ("DS-BNK-LOAN", counters.r_bnk_01),
    "R-BNK-02": ("DS-BNK-LOAN", counters.r_bnk_02),
    "R-INS-01": (None, counters.r_ins_01),
    "R-INS-02": ("DS-INS-CLAIM", counters.r_ins_02),
    "R-RES-91": ("DS-RES-HH", counters.r_res_91),
    "R-PSB-03": ("DS-PSB-ROLL", counters.r_psb_03),
    "R-PET-01": (None, counters.r_pet_01),
    "R-CIV-07": ("DS-CIV-LOW", r_civ_07),
    "R-AGR-02": (None, Rules.r_agr_02),
    "R-AGR-03": (None, Rules.r_agr_03),
    "R-AGR-04a": (None, Rules.r_agr_04a),
    "R-AGR-04b": (None, Rules.r_agr_04b),
    "R-AGR-07": (None, Rules.r_agr_07),
    "R-AGR-91": (None, Rules.r_agr_91),
}
# Rules about dying; no other rule about members holds of the dead.
_OF_THE_DEAD = ("R-PSB-01", "R-PSB-02", "R-EMG-02")
# Nothing is claimed about the findings of any other rule.
KNOWN_RULES = frozenset({*_OF_MEMBERS, *_OF_HOMES, "R-AGR-01"})


def _risk_of(rules: Rules, rule: str, home: Home) -> str:
    """The risk of a finding: what a payout was for, or what the rule says."""
    cause = counters.claim_risk(rules, home) if rule == "R-INS-01" else None
    return cause or rules.risk_of(rule, home)


def findings(rules: Rules, home: Home) -> Iterator[tuple[Expected, str]]:
    """Ask every rule about one household, R-AGR-01 last; give each finding with its risk.

    A rule whose full dataset was never delivered is not asked; nor is one of which the absence of a row tells.
    """
    came = {None, *rules.evidence.delivered}
    found: list[tuple[Expected, str]] = []
    for member in home.members:
        member.is_dead = member.number in rules.evidence.dead
    for member in home.members:
        for rule, (needs, ask) in _OF_MEMBERS.items():
            is_asked = needs in came and (not member.is_dead or rule in _OF_THE_DEAD)
            severity = ask(rules, home, member) if is_asked else None
            if severity is not None:
                found.append((Expected(rule, severity, home.hh_no, member.person_no), _risk_of(rules, rule, home)))
    for rule, (needs, ask_home) in _OF_HOMES.items():
        severity = ask_home(rules, home) if needs in came else None
        if severity is not None:
            found.append((Expected(rule, severity, home.hh_no, None), _risk_of(rules, rule, home)))
    yield from found
    severity = rules.r_agr_01(home, [risk for _, risk in found])
    if severity is not None:
        yield Expected("R-AGR-01", severity, home.hh_no, None), rules.risk_of("R-AGR-01", home)


def expected(out_dir: Path, parameters: Mapping[str, str] | None = None) -> set[Expected]:
    """Work out every finding of a generated county.

    Args:
        out_dir: Folder that `bangfu_county.generate` wrote.
        parameters: Policy parameters that differ from the defaults; unknown names are ignored.
    """
    as_of = _as_of(out_dir)
    rules = Rules(as_of, collect(out_dir, as_of), parameters)
    return {finding for line in read_households(out_dir) for finding, _ in findings(rules, read_home(line))}


def tallies(out_dir: Path) -> dict[str, Tally]:
    """Count per dataset what intake and matching must make of the rows, by reading the files again."""
    return collect(out_dir, _as_of(out_dir)).tallies


def check_manifest(found: set[Expected], manifest: Manifest) -> list[str]:
    """Compare findings with what was planted.

    Returns:
        A sentence for each planted case that is missing or has another severity, and for each near-miss that was
        found; empty when all is well.
    """
    severities = {(f.rule, f.hh_no, f.person_no): f.severity for f in found}
    complaints = []
    for planted in manifest.planted:
        severity = severities.get((planted.rule, planted.hh_no, planted.person_no))
        if severity != planted.severity:
            case = f"{planted.rule} {planted.hh_no} {planted.person_no or ''}".strip()
            complaints.append(f"{case}: planted {planted.severity}, found {severity} ({planted.story_en})")
    for near in manifest.near_misses:
        severity = severities.get((near.rule, near.hh_no, near.person_no))
        if severity is not None:
            case = f"{near.rule} {near.hh_no} {near.person_no or ''}".strip()
            complaints.append(f"{case}: near-miss found as {severity} ({near.why_en})")
    return complaints
