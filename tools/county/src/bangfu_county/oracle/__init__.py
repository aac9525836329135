"""What a comparison must find, worked out slowly and in the plainest way from the generated files.

Nothing is shared with the services' rules, and nothing with the generator but the names of files: own ID check, own
readers, own tables. One household after the other, one rule after the other.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bangfu_county.manifest import Manifest
from bangfu_county.oracle.evidence import Tally, collect, read_households
from bangfu_county.oracle.rules import Home, Rules, read_home

__all__ = ["Expected", "Tally", "check_manifest", "expected", "tallies"]


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


def _findings(rules: Rules, home: Home) -> Iterator[Expected]:
    """Ask every rule about one household. A rule whose full dataset was never delivered is not asked."""
    came = rules.evidence.delivered
    for member in home.members:
        answers = {}
        if "DS-EDU-ROLL" in came:
            answers["R-EDU-01"] = rules.r_edu_01(member)
        answers["R-EDU-02"] = rules.r_edu_02(member)
        if "DS-MED-ENROL" in came:
            answers["R-MED-01"] = rules.r_med_01(home, member)
        if "DS-MED-COST" in came:
            answers["R-MED-02"] = rules.r_med_02(home, member)
            answers["R-MED-03"] = rules.r_med_03(member)
        for rule, severity in answers.items():
            if severity is not None:
                yield Expected(rule, severity, home.hh_no, member.person_no)
    answers = {}
    if "DS-EDU-ROLL" in came:
        answers["R-EDU-03"] = rules.r_edu_03(home)
    if "DS-CIV-LOW" in came:
        answers["R-CIV-01"] = rules.r_civ_01(home)
        answers["R-CIV-02"] = rules.r_civ_02(home)
        answers["R-CIV-03"] = rules.r_civ_03(home)
    answers["R-HOU-01"] = rules.r_hou_01(home)
    answers["R-HOU-02"] = rules.r_hou_02(home)
    answers["R-AGR-01"] = rules.r_agr_01(home)
    answers["R-AGR-02"] = rules.r_agr_02(home)
    answers["R-AGR-03"] = rules.r_agr_03(home)
    answers["R-AGR-04a"] = rules.r_agr_04a(home)
    answers["R-AGR-04b"] = rules.r_agr_04b(home)
    answers["R-AGR-07"] = rules.r_agr_07(home)
    for rule, severity in answers.items():
        if severity is not None:
            yield Expected(rule, severity, home.hh_no, None)


def expected(out_dir: Path, parameters: Mapping[str, str] | None = None) -> set[Expected]:
    """Work out every finding of a generated county.

    Args:
        out_dir: Folder that `bangfu_county.generate` wrote.
        parameters: Policy parameters that differ from the defaults; unknown names are ignored.
    """
    as_of = _as_of(out_dir)
    rules = Rules(as_of, collect(out_dir, as_of), parameters)
    return {finding for line in read_households(out_dir) for finding in _findings(rules, read_home(line))}


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
