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
