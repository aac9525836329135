"""A reject sheet holds rows of several parts below one heading: an amount in another unit than yuan says so itself."""

from __future__ import annotations

import csv
import io

import pytest

from contracts.errors import FieldError
from sharing.catalogue.service import dataset_of
from sharing.deliveries.export import Sheet, as_csv, header_of
from sharing.deliveries.rejects import RejectedRow

FAULT = (FieldError("/id_no", "id_no.checksum", "证件号码校验位不符"),)


def rejected(part: int, heading: str, amount: str) -> RejectedRow:
    return RejectedRow(part, 1, FAULT, {"证件号码": "1", "姓名": "甲", heading: amount})


@pytest.mark.parametrize("first", [0, 1])
def test_amounts_of_two_units_are_what_they_were(first: int) -> None:
    dataset = dataset_of("DS-MED-COST")
    rows = [rejected(1, "医疗救助支付", "1000.00"), rejected(2, "医疗救助支付（万元）", "0.1")]
    rows = rows[first:] + rows[:first]
    header = header_of(dataset, rows)
    told = list(csv.DictReader(io.StringIO("".join(as_csv(rows, Sheet(dataset, "d", header))).removeprefix("\ufeff"))))
    assert sorted(row["医疗救助支付"] for row in told) == ["0.1万元", "1000.00"]
