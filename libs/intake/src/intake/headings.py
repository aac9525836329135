"""Where a table begins: its separator, its heading of one row or several, and what stands above it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from intake.asides import UNIT
from intake.layout import Found, Layout, plain_heading
from intake.notes import Note
from intake.refusals import UNREADABLE, RefusedError
from intake.text import MAX_RECORD_LINES
from intake.written import MERGED


class Seen(NamedTuple):
    """What a table has instead of a heading, in English and in Chinese; nothing of its cells."""

    english: str
    chinese: str


MAX_COLUMNS = 1_000

SEPARATORS = ",\t;|"
_NAMES = {
    ",": Seen("commas", "逗号"), "\t": Seen("tabs", "制表符"), ";": Seen("semicolons", "分号"),
    "|": Seen("vertical bars", "竖线"),
}  # fmt: skip
_SEARCHED_CHARS = 1 << 17
_SEARCHED_ROWS = 40
_MAX_DEPTH = 3


@dataclass(frozen=True)
class Heading:
    """The heading of a table.

    Attributes:
        header: One text a column, those of several rows joined.
        found: What each means.
        lines: How many lines the table's rows come after.
        notes: What stands above it.
        unit: The unit that the lines above say for all amounts, empty where none does.
    """

    separator: str
    header: list[str]
    found: list[Found | None]
    lines: int
    notes: list[Note]
    unit: str

    @property
    def names(self) -> set[str]:
        """The columns that are known."""
        return {each.name for each in self.found if each}


@dataclass(frozen=True)
class _Candidate:
    separator: str
    first: int
    depth: int
    header: list[str]
    found: list[Found | None]

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.found if each}


def search(layout: Layout, text: str, sheet: str = "") -> Heading | Seen:
    """Find the heading in the first lines of a table; give what was seen instead where there is none.

    Raises:
        RefusedError: UNREADABLE, more columns than a table may have; COLUMN_DUPLICATE.
    """
    head = text[:_SEARCHED_CHARS]
    tables = {mark: list(_records(head, mark)) for mark in SEPARATORS if mark in head}
    tables = tables or {",": list(_records(head, ","))}
    best = _best(layout, tables)
    if best is None or not _is_heading(layout, best):
        return _seen(tables)
    if len(best.header) > MAX_COLUMNS:
        raise RefusedError(UNREADABLE, f"the table has more than {MAX_COLUMNS} columns")
    records = tables[best.separator]
    above = [(line, row) for line, row in records[: best.first] if any(cell.strip() for cell in row)]
    before = records[best.first - 1][0] if best.first else 0
    notes = [Note("line.unused", f"{sheet} 第{line}行".strip()) for line, _ in above]
    units = [match[1] for _, row in above for cell in row if (match := UNIT.search(plain_heading(cell)))]
    lines = records[best.first + best.depth - 1][0]
    assert before < lines  # noqa: S101 - records end one after the other
    return Heading(best.separator, best.header, layout.match(best.header), lines, notes, units[0] if units else "")


def _records(text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Give the first rows, each with the number of the line that it ends in."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=mark)
    ended, number = 0, 0
    try:
        for read in reader:
            number += 1
            if number > _SEARCHED_ROWS or reader.line_num - ended > MAX_RECORD_LINES:
                return
            ended = reader.line_num
            yield ended, [cell.removeprefix(MERGED) for cell in read[: MAX_COLUMNS + 1]]
    except csv.Error:
        return


def _best(layout: Layout, tables: dict[str, list[tuple[int, list[str]]]]) -> _Candidate | None:
    """Give the first complete heading, else the one that knows most."""
    best: _Candidate | None = None
    for first in range(_SEARCHED_ROWS):
        for mark, records in tables.items():
            if first < len(records):
                one = _candidate(layout, mark, records, first, 1)
                if best is None or len(one.names) > len(best.names):
                    best = one
                if one.names and not layout.missing(one.names) and _is_heading(layout, one):
                    return _deepened(layout, records, one)
    for depth in range(2, _MAX_DEPTH + 1):
        for mark, records in tables.items():
            for first in range(len(records) - depth + 1):
                deeper = _candidate(layout, mark, records, first, depth)
                if best is None or len(deeper.names) > len(best.names):
                    best = deeper
    return best


def _deepened(layout: Layout, records: list[tuple[int, list[str]]], one: _Candidate) -> _Candidate:
    """Take the rows below into the heading where they name further columns."""
    for depth in range(2, _MAX_DEPTH + 1):
        if one.first + depth <= len(records):
            deeper = _candidate(layout, one.separator, records, one.first, depth)
            if len(deeper.names) > len(one.names):
                one = deeper
    return one


def _candidate(layout: Layout, mark: str, records: list[tuple[int, list[str]]], first: int, depth: int) -> _Candidate:
    rows = [row for _, row in records[first : first + depth]]
    header = rows[0] if depth == 1 else list(_joined(layout, rows))
    return _Candidate(mark, first, depth, header, [layout.find(cell) if cell else None for cell in header])


def _joined(layout: Layout, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give the heading of each column of a heading of several rows.

    A group's title stands above its first column only; it holds for those to the right that have none of their own.
    """
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    groups = [""] * (len(rows) - 1)
    for place in range(width):
        own = [row[place].strip() for row in padded]
        for level in range(len(groups)):
            if own[level]:
                groups[level:] = [own[level], *[""] * (len(groups) - level - 1)]
        parts = [*groups, own[-1]] if own[-1] else own
        told = [part for at, part in enumerate(parts) if part and part not in parts[:at]]
        choices = ["".join(told[start:]) for start in range(len(told))] + [part for part in reversed(own) if part]
        yield next((choice for choice in choices if layout.find(choice)), choices[-1] if choices else "")


def _is_heading(layout: Layout, candidate: _Candidate) -> bool:
    filled = sum(1 for cell in candidate.header if cell.strip())
    return len(candidate.names) >= min(2, filled, len(layout.columns)) and bool(candidate.names)


def _seen(tables: dict[str, list[tuple[int, list[str]]]]) -> Seen:
    """Say what the first lines look like, without any of them."""
    mark, records = max(tables.items(), key=lambda entry: max((len(row) for _, row in entry[1][:5]), default=0))
    rows = [row for _, row in records if any(cell.strip() for cell in row)]
    if not rows:
        return Seen("it has no text", "没有文字")
    widest = max(map(len, rows))
    english = f"none of the first {len(rows)} lines is the row of headings"
    chinese = f"前{len(rows)}行中没有列标题行"
    if widest == 1:
        return Seen(f"{english}: one cell in each line", f"{chinese},每行只有一个单元格(没有找到分隔符)")
    english += f": {widest} cells parted by {_NAMES[mark].english}"
    chinese += f",每行最多{widest}个单元格,以{_NAMES[mark].chinese}分隔"
    if widest > 2 and sum(map(bool, rows[0])) == 1:
        return Seen(f"{english}; the first line looks like a title", f"{chinese};第一行像是表的标题")
    return Seen(english, chinese)
