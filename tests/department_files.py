"""Files as departments make them, read by the real child."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from threading import Thread
from typing import Any, NamedTuple

import xlsxwriter

from intake.declared import Declared
from intake.layout import Column, Layout
from intake.lines import reader_of
from intake.parser import Limits, Parser
from intake.values import check_values

LAYOUT = Layout((
    Column("id_no", "证件号码", is_required=True, aliases=("身份证号",), is_digits=True),
    Column("name", "姓名", is_required=True),
    Column("paid_on", "缴费日期", "date"),
    Column("amount", "金额", "money", is_required=True),
    Column("total", "总费用", "money"),
))  # fmt: skip
HEAD = ["证件号码", "姓名", "缴费日期", "金额", "总费用"]


class Read(NamedTuple):
    """What became of a file: typed rows, `(line, field, code)` of what is wrong, and what its sender is told."""

    rows: list[dict[str, Any]]
    faults: list[tuple[int, str, str]]
    notes: list[str]


def read_file(body: bytes, kind: str, layout: Layout = LAYOUT, *, chunk_bytes: int = 1 << 20) -> Read:
    """Read a file as an intake does."""
    declared = Declared.of(kind, None)
    parser, reader = Parser(declared, Limits(chunk_bytes=chunk_bytes)), reader_of(declared.format, layout)

    def feed() -> None:
        parser.write(body)
        parser.end()

    feeding = Thread(target=feed)
    feeding.start()
    try:
        read = [rows.read() for chunk in parser.chunks() if (rows := reader.take(chunk)) is not None]
        reader.end()
    finally:
        parser.close()
        feeding.join()
    found: list[dict[str, Any]] = []
    faults: list[tuple[int, str, str]] = []
    notes = [*parser.notes, *reader.notes]
    for lines in read:
        checked = check_values(layout, lines.cells)
        faults += [(number, "", code) for number, _, code in lines.broken]
        faults += [(lines.line_no[row], field, code) for row, field, code in checked.errors.iter_rows()]
        wrong = set(checked.errors["row"])
        found += [row for place, row in enumerate(checked.values.iter_rows(named=True)) if place not in wrong]
        notes += sorted(lines.notes)
    return Read(found, sorted(faults), [note.message for note in dict.fromkeys(notes)])


Rows = Sequence[Sequence[Any]]


def workbook(*sheets: tuple[str, Rows], then: Callable[[xlsxwriter.Workbook], None] | None = None) -> bytes:
    """Give a workbook; a tuple in a cell is a formula and its stored result."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.write_formula(number, place, cell[0], None, cell[1])
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                    elif cell is not None:
                        sheet.write(number, place, cell)
        if then is not None:
            then(book)
    return buffer.getvalue()


def row(name: str = "张伟", **cells: Any) -> list[Any]:
    """Give a row under HEAD, text as it is typed."""
    usual = {"证件号码": "990101198001010014", "姓名": name, "缴费日期": "2026-10-31", "金额": "12.50", "总费用": None}
    return [(usual | cells)[heading] for heading in HEAD]


def table(*rows: Sequence[Any], head: Sequence[str] = HEAD, mark: str = ",") -> bytes:
    """Give a table as text."""
    lines = (mark.join("" if cell is None else str(cell) for cell in one) for one in (head, *rows))
    return "".join(line + "\n" for line in lines).encode()
