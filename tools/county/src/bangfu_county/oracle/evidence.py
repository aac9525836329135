"""From files to evidence: every row is read, judged, checked for its key and matched with the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from bangfu_county.oracle.counted import KEYS, OF_THE_LIVING, RANGES
from bangfu_county.oracle.files import Cells, read_rows
from bangfu_county.oracle.tables import ALONE, AREA_OF, FIELDS
from bangfu_county.oracle.values import (
    Rejected,
    citizen_number,
    clean,
    day,
    money,
    person_name,
    whole_number,
    yes_or_no,
)

Row = dict[str, Any]


@dataclass
class Tally:
    """What became of a dataset's rows."""

    rows: int = 0
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    unmatched: int = 0


@dataclass
class Evidence:
    """What the departments said about the people of the register.

    Attributes:
        matched: dataset -> citizen number -> rows with the right name. Insurance rows are not kept, see `insured`.
        quarantined: dataset -> citizen numbers of registered people on rows with another name.
        insured: citizen numbers on any insurance row of the period's year.
        paid_in_full: those of them who, under their names, paid as residents without a subsidy.
        enrolment_day: newest day that an insurance row tells of; None without any.
        relief_day: newest day that a row of the relief list tells of; None without any.
        listed_before: citizen numbers on last month's relief list (not those that were leaving it), under their names.
        aid_day: newest day that a row of the list of student aid tells of; None without any.
        worked_before: citizen number -> rows of last month's list of work, under their names.
        alone: rows that are about no person, by dataset.
        delivered: datasets that came at all.
        tallies: dataset -> counts.
        dead: citizen numbers of registered people who have died by the as-of day, as the police say under their names.
    """

    matched: dict[str, dict[str, list[Row]]] = field(default_factory=lambda: {code: {} for code in FIELDS})
    quarantined: dict[str, set[str]] = field(default_factory=lambda: {code: set() for code in FIELDS})
    insured: set[str] = field(default_factory=set)
    paid_in_full: set[str] = field(default_factory=set)
    enrolment_day: date | None = None
    relief_day: date | None = None
    listed_before: set[str] = field(default_factory=set)
    aid_day: date | None = None
    worked_before: dict[str, list[Row]] = field(default_factory=dict)
    alone: dict[str, list[Row]] = field(default_factory=lambda: {code: [] for code in ALONE})
    delivered: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    tallies: dict[str, Tally] = field(default_factory=lambda: {code: Tally() for code in (*FIELDS, *ALONE)})

    def rows(self, dataset: str, number: str | None) -> list[Row]:
        """Matched rows of one person; none for somebody without a number."""
        if number is None or (number in self.dead and dataset in OF_THE_LIVING):
            return []
        return self.matched[dataset].get(number, [])


def registered_names(county: Path) -> dict[str, str]:
    """Citizen number -> name, for everybody in the register who has a number."""
    names = {}
    for household in read_households(county):
        for member in household["members"]:
            if member["id_no"] is not None:
                names[citizen_number(member["id_no"])] = person_name(member["name"])
    return names


def read_households(county: Path) -> Iterator[dict[str, Any]]:
    """Read the register, one household after another."""
    with (county / "registry" / "households.ndjson").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _value(code: str, kind: object, text: str) -> Any:
    if isinstance(kind, dict):
        if text in kind:
            return kind[text]
        if text in kind.values():
            return text
        raise Rejected(f"{code}.code")
    if kind == "int":
        return whole_number(code, text)
    if kind == "money":
        return money(code, text)
    if kind == "bool":
        return yes_or_no(code, text)
    if kind == "date":
        return day(code, text)
    return text


def _consistent(dataset: str, row: Row) -> bool:
    if dataset == "DS-EDU-FEE":
        bill = row["tuition"] + row["board"] + row["books"] - row["aid_total"]
        return bool(row["self_paid"] == max(Decimal(0), bill))
    if dataset == "DS-MED-COST":
        paid = row["basic_paid"] + row["critical_paid"] + row["aid_paid"]
        return bool(row["self_paid_ytd"] == row["total"] - paid)
    if dataset == "DS-EDU-ROLL":
        return not (row["present"] and row["roll_status"] in ("suspended", "transferred"))
    if dataset == "DS-HOU-WORKS":
        return not (row["finished_on"] is not None and row["finished_on"] < row["approved_on"])
    if dataset == "DS-VET-CARE":
        return not (row["category"] == "soldier" and row["disability_grade"] is None)
    if dataset == "DS-BNK-LOAN":
        return bool(row["overdue_days"] > 0 or row["overdue_amount"] == 0)
    if dataset == "DS-FIN-SUBSIDY":
        return bool(row["last_month"] >= row["first_month"])
    if dataset == "DS-FIN-PROGRESS":
        return bool(row["spent"] <= row["budget"] and row["industry_budget"] <= row["budget"])
    if dataset == "DS-AGR-PROJ":
        days = [row[name] for name in ("prepared_on", "tendered_on", "started_on", "finished_on")]
        in_order = all(a is None or b is None or a <= b for a, b in pairwise(days))
        return in_order and not (row["state"] == "finished" and row["finished_on"] is None)
    if dataset == "DS-WAT-EVENT":
        return row["to_on"] is None or bool(row["to_on"] >= row["from_on"])
    if dataset == "DS-CIV-LOW":
        return not (row["change"] == "stopped" and row["to_on"] is None)
    return True


def judge(dataset: str, cells: Cells | None) -> Row:
    """Turn the texts of a row into values.

    Raises:
        Rejected: with the first fault.
    """
    if cells is None:
        raise Rejected("row.shape")
    row: Row = {}
    if dataset in FIELDS:
        row = {"id_no": citizen_number(cells.get("id_no", "")), "name": person_name(cells.get("name", ""))}
    for code, _, kind, required in FIELDS.get(dataset) or ALONE[dataset]:
        text = clean(cells.get(code, ""))
        if text != "":
            row[code] = _value(code, kind, text)
        elif required:
            raise Rejected(f"{code}.missing")
        else:
            row[code] = None
    for code, low, high in RANGES.get(dataset, ()):
        if row[code] is not None and not low <= row[code] <= high:
            raise Rejected(f"{code}.range")
    if dataset in ALONE:
        _placed(AREA_OF[dataset], row)
    told = clean(cells.get("as_of", ""))
    row["as_of"] = day("as_of", told) if told != "" else None
    if not _consistent(dataset, row):
        raise Rejected("row.check")
    return row


def _placed(column: str, row: Row) -> None:
    """Refuse a row about a place that is none, or of another county."""
    place = row[column]
    if len(place) != 12 or not place.isdigit():
        raise Rejected(f"{column}.area")
    if not place.startswith("990101"):
        raise Rejected(f"{column}.outside")


def collect(county: Path, as_of: date) -> Evidence:
    """Read every department file of a county, in the order of file names and lines."""
    names = registered_names(county)
    evidence = Evidence()
    for dataset in (*FIELDS, *ALONE):
        tally = evidence.tallies[dataset]
        seen = set()
        for path in sorted(county.glob(f"departments/*/{dataset}/*")):
            evidence.delivered.add(dataset)
            for cells in read_rows(path):
                tally.rows += 1
                try:
                    row = judge(dataset, cells)
                    key = tuple(row[column] for column in KEYS[dataset])
                except Rejected as verdict:
                    tally.rejected[verdict.code] = tally.rejected.get(verdict.code, 0) + 1
                    continue
                if key in seen:
                    continue  # said once, used once: this county never contradicts itself
                seen.add(key)
                tally.accepted += 1
                if dataset in ALONE:
                    evidence.alone[dataset].append(row)
                    continue
                if dataset == "DS-MED-ENROL":
                    evidence.enrolment_day = max(row["as_of"] or as_of, evidence.enrolment_day or date.min)
                if dataset == "DS-EDU-AID":
                    evidence.aid_day = max(row["as_of"] or as_of, evidence.aid_day or date.min)
                if dataset == "DS-CIV-LOW":
                    evidence.relief_day = max(row["as_of"] or as_of, evidence.relief_day or date.min)
                _match(evidence, dataset, row, names, as_of)
    return evidence


def _match(evidence: Evidence, dataset: str, row: Row, names: dict[str, str], as_of: date) -> None:
    number = row["id_no"]
    if number not in names:
        evidence.tallies[dataset].unmatched += 1
        return
    if dataset == "DS-MED-ENROL" and row["year"] == as_of.year:
        evidence.insured.add(number)
        if (
            row["scheme"] == "resident"
            and row["personal_paid"] > 0
            and row["subsidy"] == 0
            and names[number] == row["name"]
        ):
            evidence.paid_in_full.add(number)
    if names[number] != row["name"]:
        evidence.tallies[dataset].quarantined += 1
        evidence.quarantined[dataset].add(number)
    elif dataset != "DS-MED-ENROL":
        if dataset == "DS-PSB-HUKOU" and row["change"] == "death" and row["changed_on"] <= as_of:
            evidence.dead.add(number)
        evidence.matched[dataset].setdefault(number, []).append(row)
