"""Conditions between the fields of a row, and the date that a row without one gets."""

from __future__ import annotations

import json
from datetime import date

from intake.ndjson import NdjsonReader
from intake.text import Chunk
from servicekit.identity import check_digit
from sharing.catalogue.service import dataset_of
from sharing.deliveries.intake.checked import check_rows

AS_OF = date(2026, 10, 31)
NUMBER = "99010119800101001" + check_digit("99010119800101001")


def test_row_checks_speak_only_where_the_cells_are_good() -> None:
    dataset = dataset_of("DS-MED-COST")
    good = {
        "id_no": NUMBER, "name": "张伟", "year": "2026", "period_to": "2026-10-31", "total": "10",
        "basic_paid": "1", "critical_paid": "1", "aid_paid": "1", "self_paid_ytd": "7",
    }  # fmt: skip
    rows = [good, good | {"self_paid_ytd": "7.01"}, good | {"self_paid_ytd": "8", "year": "x"}]
    taken = NdjsonReader(dataset.layout).take(Chunk(1, "\n".join(map(json.dumps, rows)).encode()))
    assert taken is not None
    lines = taken.read()
    checked = check_rows(dataset, lines, AS_OF)
    assert checked.errors.rows() == [(2, "year", "year.type"), (1, "self_paid_ytd", "row.check")]
    assert checked.values["as_of"].to_list() == [AS_OF]


def test_a_number_that_passes_by_chance_among_numbers_that_were_cut_off_is_refused() -> None:
    dataset = dataset_of("DS-EDU-EXEMPT")
    cut = [f"99010119800101{sequence}00" for sequence in range(10)]
    whole = [first + check_digit(first) for first in (f"99010119800101{sequence}00" for sequence in range(10))]
    by_chance = [number for number in whole if number.endswith("000")]
    assert by_chance
    for numbers, rows in ((by_chance, len(by_chance)), ([*by_chance, *(one + "0" for one in cut), NUMBER], 1)):
        lines = [{"id_no": number, "name": "张伟", "reason": "送教上门", "evidence_no": "1"} for number in numbers]
        taken = NdjsonReader(dataset.layout).take(Chunk(1, "\n".join(map(json.dumps, lines)).encode()))
        assert taken is not None
        checked = check_rows(dataset, taken.read(), AS_OF)
        assert len(checked.number18) == rows, checked.errors


def test_rows_of_no_person_are_refused_where_their_area_is_none_or_elsewhere() -> None:
    """A number of a spreadsheet is no code: its digits may be gone."""
    dataset = dataset_of("DS-WAT-EVENT")
    event = {"scheme": "红旗供水", "event_kind": "停水", "from_on": "2026-10-01"}
    places = ("990101101201", "990101101000", "990101102201", "99010110120", "红旗村", 990101101201.0, "")
    lines = "\n".join(json.dumps(event | {"village_code": place}) for place in places)
    taken = NdjsonReader(dataset.layout).take(Chunk(1, lines.encode()))
    assert taken is not None
    checked = check_rows(dataset, taken.read(), AS_OF, "990101101000")
    assert checked.values["village_code"].to_list() == ["990101101201", "990101101000"]
    faults = [code for _, [(_, code)], _ in checked.rejected()]
    assert faults == ["village_code.outside", *["village_code.area"] * 3, "village_code.missing"]
    assert checked.number18.null_count() == 2
