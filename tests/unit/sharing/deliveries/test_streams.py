"""Inflating, cutting, workbooks and sealed rejects, piece by piece."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from servicekit.crypto import DecryptionError, FieldCipher
from sharing.catalogue.service import dataset_of
from sharing.deliveries import export
from sharing.deliveries.intake.csv_text import CsvReader
from sharing.deliveries.intake.cutter import LineCutter
from sharing.deliveries.intake.inflate import inflater_of
from sharing.deliveries.intake.lines import Reader
from sharing.deliveries.intake.ndjson import NdjsonReader
from sharing.deliveries.intake.workbook import (
    UnreadableWorkbookError,
    WorkbookProcess,
    cell_text,
    check_archive,
    render,
)
from sharing.deliveries.problems import DecompressionBomb, PartTooLarge, TruncatedPart
from sharing.deliveries.rejects import Fault, RejectWriter, message_of, read_rejects


def inflate(coding: str | None, data: bytes, size: int = 1000, **limits: int) -> bytes:
    inflater = inflater_of(coding, **({"max_bytes": 1 << 30, "max_ratio": 100} | limits))  # type: ignore[arg-type]
    pieces = [piece for start in range(0, len(data), size) for piece in inflater.feed(data[start : start + size])]
    inflater.finish()
    return b"".join(pieces)


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.integers(1, 700))
@settings(max_examples=80, deadline=None)
def test_several_members_inflate_to_their_concatenation(parts: list[bytes], size: int) -> None:
    """RFC 1952 and RFC 8878 allow several members or frames after one another."""
    plain = b"".join(parts)
    assert inflate("gzip", b"".join(map(gzip.compress, parts)), size) == plain
    assert inflate("zstd", b"".join(map(zstandard.compress, parts)), size) == plain
    assert inflate(None, plain, size) == plain


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_is_met_long_before_it_is_inflated(coding: str) -> None:
    bomb = gzip.compress(bytes(200 << 20), 1) if coding == "gzip" else zstandard.compress(bytes(1 << 30))
    inflater = inflater_of(coding, max_bytes=1 << 40, max_ratio=100)
    given_out = 0

    def drain() -> None:
        nonlocal given_out
        for start in range(0, len(bomb), 4096):
            for piece in inflater.feed(bomb[start : start + 4096]):
                given_out += len(piece)

    with pytest.raises(DecompressionBomb):
        drain()
    assert given_out < 64 << 20
    with pytest.raises(PartTooLarge):
        inflate(coding, gzip.compress(os.urandom(5000)) if coding == "gzip" else zstandard.compress(os.urandom(5000)),
                max_bytes=4000)  # fmt: skip


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@given(keep=st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_stream_cut_anywhere_is_told(coding: str, keep: int) -> None:
    whole = gzip.compress(os.urandom(500)) if coding == "gzip" else zstandard.compress(os.urandom(500))
    with pytest.raises(TruncatedPart):
        inflate(coding, whole[: min(keep, len(whole) - 1)])


@given(st.lists(st.binary(max_size=30), max_size=60), st.integers(5, 100), st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_chunks_are_whole_lines_and_lose_nothing(lines: list[bytes], chunk_bytes: int, size: int) -> None:
    data = b"\n".join(lines)
    cutter = LineCutter(chunk_bytes)
    chunks = [chunk for start in range(0, len(data), size) for chunk in cutter.feed(data[start : start + size])]
    rest = list(cutter.finish())
    assert b"".join([*chunks, *rest]) == data
    assert all(chunk.endswith(b"\n") for chunk in chunks)


WORDS = st.sampled_from(["", "a", "张", '"', '""', ",", '"x,y"', "\t", " ", "\r", "[", "{", "}", '{"id_no":"1"}', "\\"])
LINES = st.lists(st.lists(WORDS, max_size=8).map("".join), min_size=1, max_size=12)


@given(LINES, st.sampled_from(["csv", "ndjson"]))
@settings(max_examples=300, deadline=None)
def test_every_line_is_a_row_or_broken_or_blank_and_never_both(lines: list[str], kind: str) -> None:
    dataset = dataset_of("DS-EDU-EXEMPT")
    reader: Reader = CsvReader(dataset) if kind == "csv" else NdjsonReader(dataset, needs_columns=False)
    head = "证件号码,姓名,原因,证明编号,x\n" if kind == "csv" else ""
    body, first = reader.begin((head + "\n".join(lines)).encode())
    read = reader.read(body, first)
    rows, broken = read.line_no.to_list(), [number for number, _ in read.broken]
    assert read.cells.height == len(rows)
    assert not set(rows) & set(broken)
    seen = set(rows) | set(broken)
    for number, line in enumerate(body.decode().split("\n"), start=first):
        if line.strip(", \t\r"):
            assert number in seen
    assert read.raw_of(broken) == [raw for _, raw in read.broken]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("张", "张"), ("", None), (None, None), (True, "true"), (3.0, "3"), (0.1 + 0.2, "0.3"), (1280.5, "1280.5"),
        (datetime(2026, 10, 31), "2026-10-31"), (date(2026, 1, 2), "2026-01-02"),  # noqa: DTZ001 - cells have no zone
        (datetime(2026, 10, 31, 8), "2026-10-31T08:00:00"), (46326.0, "46326"), (1e300, "1e+300"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_workbook_cells_become_the_text_that_a_csv_would_hold(value: Any, text: str | None) -> None:
    assert cell_text(value) == text


def test_blank_rows_of_a_sheet_keep_their_line() -> None:
    assert list(render([["姓名 ", ""], ["a", 1.0], ["", None], ["b", ""]])) == [
        '["姓名", ""]',
        '{"姓名": "a"}',
        "",
        '{"姓名": "b"}',
    ]


def test_blank_rows_above_the_header_keep_the_lines_of_the_rows_below() -> None:
    assert list(render([["", ""], [None, None], ["姓名"], ["a"]])) == ['["姓名"]', "", "", '{"姓名": "a"}']


def test_archives_that_promise_too_much_are_refused_unopened() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", os.urandom(10_000))
    check_archive(buffer, 20_000)
    with pytest.raises(UnreadableWorkbookError):
        check_archive(buffer, 9_999)


@pytest.mark.parametrize(
    ("memory_bytes", "error", "text"),
    [(1 << 31, UnreadableWorkbookError, "damaged"), (1 << 20, RuntimeError, "could not load its reader")],
)
def test_a_reader_that_cannot_start_does_not_blame_the_workbook(
    tmp_path: Path, memory_bytes: int, error: type[Exception], text: str
) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"no workbook")
    with path.open("rb") as file:
        process = WorkbookProcess(file, memory_bytes)
        try:
            with pytest.raises(error, match=text):
                list(process.lines())
        finally:
            process.close()


def test_sealed_rejects_open_only_in_their_place(tmp_path: Path) -> None:
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
    rows = list(read_rejects(blocks, cipher, "d/p/rejects-1", 3))
    assert [row.line for row in rows] == list(range(1, 1202))
    assert rows[0].row == {"name": "张伟"}
    assert rows[0].faults == (Fault("name", "name.missing"), Fault("", "row.check"))
    for moved in (("d/p/rejects-2", blocks), ("d/p/rejects-1", [blocks[0], blocks[2], blocks[1]])):
        with pytest.raises(DecryptionError):
            list(read_rejects(moved[1], cipher, moved[0], 3))


def test_every_code_has_a_chinese_message_without_the_value() -> None:
    for dataset in map(dataset_of, ("DS-EDU-ROLL", "DS-EDU-FEE", "DS-CIV-LOW")):
        for column in dataset.columns:
            for kind in ("missing", "type", "code", "range"):
                message = message_of(dataset, Fault(column.code, f"{column.code}.{kind}"))
                assert column.label in message
                assert "None" not in message or column.type == "int"
    assert message_of(dataset_of("DS-EDU-FEE"), Fault("self_paid", "row.check")).startswith("自付金额应等于")
    assert message_of(dataset_of("DS-EDU-FEE"), Fault("id_no", "id_no.checksum")) == "证件号码校验位错误,请核对"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("+cmd|x", "'+cmd|x"), ("@SUM", "'@SUM"), ("\tx", "'\tx"), ("-3", "-3"), ("-3+4", "'-3+4"),
     ("张", "张"), ("", "")],
)  # fmt: skip
def test_cells_that_a_spreadsheet_would_compute_are_defused(cell: str, shown: str) -> None:
    assert export.formula_safe(cell) == shown
