"""Sealed rejects, their messages, and cells that are defused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import python_calamine

from servicekit.crypto import DecryptionError, FieldCipher
from servicekit.spreadsheets import formula_safe
from sharing.catalogue.service import dataset_of
from sharing.deliveries import export
from sharing.deliveries.rejects import RejectedRow, RejectWriter, read_rejects
from sharing.deliveries.texts import WHERE, error_of


def test_sealed_rejects_open_only_in_their_place(tmp_path: Path) -> None:
    dataset = dataset_of("DS-EDU-FEE")
    cipher, file = FieldCipher(os.urandom(32)), tmp_path / "r"
    writer = RejectWriter(file, cipher, "d/p/rejects-1")
    assert writer.close() is False
    assert not file.exists()
    for line in range(1, 1202):
        writer.add(line, [("name", "name.missing"), ("", "row.check")], '{"name":"张伟"}')
    assert writer.close() is True
    assert (writer.rows, dict(writer.counts)) == (1201, {"name.missing": 1201})
    assert "张伟" not in file.read_text()
    blocks = file.read_text().splitlines()
    rows = list(read_rejects(blocks, cipher, "d/p/rejects-1", dataset=dataset, part=3))
    assert [row.line for row in rows] == list(range(1, 1202))
    assert rows[0].row == {"name": "张伟"}
    assert [(fault.pointer, fault.code) for fault in rows[0].faults] == [("/name", "name.missing"), ("", "row.check")]
    for moved in (("d/p/rejects-2", blocks), ("d/p/rejects-1", [blocks[0], blocks[2], blocks[1]])):
        with pytest.raises(DecryptionError):
            list(read_rejects(moved[1], cipher, moved[0], dataset=dataset, part=3))


def test_every_code_has_a_chinese_message_without_the_value() -> None:
    for dataset in map(dataset_of, ("DS-EDU-ROLL", "DS-EDU-FEE", "DS-CIV-LOW")):
        for column in dataset.columns:
            for kind in ("missing", "type", "code", "range"):
                message = error_of(dataset, column.code, f"{column.code}.{kind}").detail
                assert column.label in message
                assert "None" not in message or column.type == "int"
    assert error_of(dataset_of("DS-EDU-FEE"), "self_paid", "row.check").detail.startswith("自付金额应等于")
    assert error_of(dataset_of("DS-EDU-FEE"), "id_no", "id_no.checksum").detail == "证件号码校验位错误,请核对"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("+cmd|x", "'+cmd|x"), ("@SUM", "'@SUM"), ("\tx", "'\tx"), ("-3", "-3"), ("-3+4", "'-3+4"),
     ("张", "张"), ("", "")],
)  # fmt: skip
def test_cells_that_a_spreadsheet_would_compute_are_defused(cell: str, shown: str) -> None:
    assert formula_safe(cell) == shown


def test_more_rows_than_a_sheet_takes_stand_in_further_sheets() -> None:
    dataset = dataset_of("DS-EDU-FEE")
    fault = (error_of(dataset, "name", "name.missing"),)
    rows = [RejectedRow(1, line, fault, {"姓名": f"第{line}人"}) for line in range(2, 9)]
    with export.as_xlsx(rows, export.Sheet(dataset, "d-1", ["姓名"]), most_rows=3) as file:
        book = python_calamine.load_workbook(file)
        sheets = [book.get_sheet_by_index(number).to_python() for number in range(len(book.sheet_names))]
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]
    assert [row[0] for sheet in sheets for row in sheet[1:]] == [f"第{line}人" for line in range(2, 9)]
    assert [sheet[0] for sheet in sheets] == [["姓名", "分片", "行号", WHERE, "错误说明", "更正批次"]] * 3
