"""The import template is read back column by column."""

from __future__ import annotations

import csv

from contracts.fields import HOUSEHOLD, PERSON, given
from registry.imports.columns import FLAT, Places
from registry.imports.template import csv_template


def test_every_column_of_the_template_is_known_to_the_reader() -> None:
    [told], header = csv.reader(csv_template(2026).decode("utf-8-sig").splitlines())
    assert "空单元格表示没有填写" in told
    assert "清空" in told
    names = FLAT.match(header)
    assert None not in names
    places = Places.of([found.name for found in names if found])
    assert places.columns.keys() >= {field.name for field in (*given(HOUSEHOLD), *given(PERSON))}
    assert (2026, "self_paid") in places.incomes
    assert "户编号*" in header
    assert "采集日期" in header
    assert "性别" in header, "not required: the number says it"
