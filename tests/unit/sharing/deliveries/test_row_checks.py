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
        "basic_paid": "1", "critical_paid": "1", "aid_paid": "1", "self_paid_ytd": "10",
    }  # fmt: skip
    rows = [good, good | {"self_paid_ytd": "10.01"}, good | {"self_paid_ytd": "11", "year": "x"}]
    lines = NdjsonReader(dataset.layout).read(Chunk(1, "\n".join(map(json.dumps, rows)).encode()))
    checked = check_rows(dataset, lines, AS_OF)
    assert checked.errors.rows() == [(2, "year", "year.type"), (1, "self_paid_ytd", "row.check")]
    assert checked.values["as_of"].to_list() == [AS_OF]
