"""Tables: CSV (RFC 4180; comma, tab, semicolon or bar), and the sheets that the child renders as such.

A stray quote costs its own line and not the rest of the file: a row goes on in the next line only where a quoted cell
that does so makes it a whole row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from contracts.id_numbers import without_id_numbers
from intake.asides import OTHER_UNIT, UNIT, Aside, aside_of
from intake.headings import Heading, Seen, search
from intake.layout import Layout, plain_heading
from intake.lines import Lines, plain
from intake.notes import MAX_NOTED_CHARS, Note
from intake.refusals import COLUMN_MISSING, EMPTY, UNREADABLE, RefusedError
from intake.text import MAX_RECORD_LINES, Chunk
from intake.written import MERGED, UNITS

_BLANK = b", ;|\t\r\n"


class TableReader:
    """Reads tables with a heading of column names or Chinese labels; every sheet of a workbook has its own."""

    def __init__(self, layout: Layout) -> None:
        """Read rows of `layout`."""
        self._layout = layout
        self._sheet: str | None = None
        self._table: Table | None = None
        self._refusal: RefusedError | None = None
        self._sheets: list[str] = []
        self._has_rows = False
        self.notes: list[Note] = []

    def take(self, chunk: Chunk) -> TableRows | None:
        """Find the heading of a table that begins; give the rows of the chunk.

        Raises:
            RefusedError: COLUMN_MISSING, COLUMN_DUPLICATE, EMPTY, UNREADABLE
        """
        if chunk.sheet != self._sheet:
            self._sheet, self._table = chunk.sheet, None
            chunk = self._begin(chunk)
        if self._table is None or not chunk.data:
            return None
        self._has_rows = self._has_rows or bool(chunk.data.translate(None, _BLANK))
        return TableRows(self._table, chunk)

    def end(self) -> None:
        """Refuse a file without a single table.

        Raises:
            RefusedError: COLUMN_MISSING, EMPTY
        """
        if not self._sheets:
            raise self._refusal or RefusedError(EMPTY, "the file has no heading and no rows")
        if not self._has_rows:
            raise RefusedError(EMPTY, "the file has a heading and no rows")
        if len(self._sheets) > 1 or self._refusal is not None:
            self.notes += [Note("sheet.read", sheet) for sheet in self._sheets]

    def _begin(self, chunk: Chunk) -> Chunk:
        sheet = chunk.sheet
        if not chunk.data.translate(None, _BLANK):
            if sheet:
                return chunk
            raise RefusedError(EMPTY, "the file has no heading line")
        heading = search(self._layout, chunk.data[: 1 << 20].decode("utf-8", "ignore"), sheet)
        missing = self._layout.missing(heading.names if isinstance(heading, Heading) else set())
        if isinstance(heading, Seen) or missing:
            self._refuse(heading, missing, sheet)
            return chunk
        self._table = Table(self._layout, heading)
        self.notes += heading.notes
        self._sheets.append(sheet)
        if heading.unit and UNITS[heading.unit] != 1:
            self.notes.append(Note("unit.assumed", heading.unit))
        lines = chunk.data.split(b"\n", heading.lines)
        data = lines[heading.lines] if len(lines) > heading.lines else b""
        return chunk._replace(first_line=chunk.first_line + heading.lines, data=data)

    def _refuse(self, heading: Heading | Seen, missing: list[str], sheet: str) -> None:
        """Refuse the file, or leave out a sheet that is another table.

        Raises:
            RefusedError: COLUMN_MISSING
        """
        required = sum(1 for column in self._layout.columns if column.is_required)
        told: dict[str, object] = {"sheet": sheet} if sheet else {}
        if isinstance(heading, Heading):
            pairs = zip(heading.header, heading.found, strict=True)
            unknown = [plain_text(cell) for cell, found in pairs if cell.strip() and not found]
            told |= {"headings": unknown[:50]} if unknown else {}
            seen = Seen(
                f"the headings are in line {heading.lines}",
                f"列标题在第{heading.lines}行" + (",headings 是其中认不出的" if unknown else ""),
            )
        else:
            seen = heading
        detail = f"required columns are missing: {', '.join(missing)}; {seen.english}"
        columns = self._layout.labelled(missing)
        refusal = RefusedError(COLUMN_MISSING, detail, columns=columns, seen=seen.chinese, **told)
        if not sheet or (isinstance(heading, Heading) and len(missing) * 2 < required):
            raise refusal
        self._refusal = self._refusal or refusal
        self.notes.append(Note("sheet.unused", sheet))


def plain_text(cell: str) -> str:
    """Give a heading that may be told again: short, and without long numbers."""
    return re.sub(r"\d{5,}[0-9Xx]?", "…", without_id_numbers(" ".join(cell.split())))[:MAX_NOTED_CHARS]


class Table:
    """How the rows below a heading are read."""

    def __init__(self, layout: Layout, heading: Heading) -> None:
        """Prepare to read rows of `layout`."""
        self.header, self.separator = heading.header, heading.separator
        self._layout, self._found = layout, heading.found
        names = [found.name if found else None for found in heading.found]
        # Unknown columns get names that no column has; they are dropped after reading.
        self.names = [name or f"?{place}" for place, name in enumerate(names)]
        self.kept = [name for name in names if name]
        self.labels = {name: plain_text(cell) for name, cell in zip(self.names, self.header, strict=True)}
        self.untitled = [place for place, cell in enumerate(self.header) if not cell.strip()]
        self.notes = frozenset(
            Note("column.unknown", plain_text(cell))
            for cell, name in zip(self.header, names, strict=True)
            if cell.strip() and name is None
        )
        units = {found.name: found.unit for found in heading.found if found and found.unit in UNITS}
        amounts = [name for name in self.kept if layout.is_amount(name)]
        self.units = {name: unit for name in amounts if (unit := units.get(name, heading.unit)) and UNITS[unit] != 1}
        self.unmerged = [
            name for name in self.kept if not layout.is_own(name) and (layout.has_merged_amounts or name not in amounts)
        ]
        # A unit that stands above the table is said with each of its columns: rows are shown without what is above.
        self.header_in_units = [
            f"{cell}（{self.units[name]}）" if name in self.units and name not in units else cell
            for cell, name in zip(self.header, self.names, strict=True)
        ]
        self._is_in_yuan = any(name not in units and name not in self.units for name in amounts)
        self._filled = [name for name in self.kept if name in layout.by_name and layout.by_name[name].is_required]
        self._digits = [name for name in self.kept if name in layout.by_name and layout.by_name[name].is_digits]
        self._required = [place for place, name in enumerate(self.names) if name in self._filled]
        self._headings = layout.headers.keys() | {plain_heading(cell).lower() for cell in self.header if cell}

    def asides(self, parsed: pl.DataFrame) -> dict[int, Aside]:
        """Give the rows that are none of the table, by their places.

        Raises:
            RefusedError: UNREADABLE, another table begins, or amounts are said to be in another unit.
        """
        # Whoever is somebody has digits in the column of numbers, and something in each that is required.
        unlike = [pl.col(name).is_null() for name in self._filled]
        unlike += [~pl.col(name).str.contains("[0-9０-９]") for name in self._digits]
        if not unlike:
            return {}
        rows = parsed.select(pl.any_horizontal(unlike).fill_null(True)).to_series().arg_true()
        found = ((place, self.aside(parsed.row(place))) for place in rows)
        return {place: aside for place, aside in found if aside}

    def aside(self, cells: Sequence[str | None]) -> Aside | None:
        """Tell what a row is where it is none of the table.

        Raises:
            RefusedError: as `asides`.
        """
        texts = [(cell or "").replace(MERGED, "") for cell in cells]
        if self._is_in_yuan:
            for text in filter(None, texts):
                said = UNIT.search(plain_heading(text)) if "单位" in text else None
                if said and UNITS[said[1]] != 1:
                    raise RefusedError(UNREADABLE, "a line below the table says another unit", seen=OTHER_UNIT)
        return aside_of(self._layout, self._found, self._headings, self._required, texts)

    @cached_property
    def patterns(self) -> tuple[str, str, str]:
        """What a line is that is a whole row: without quotes, with quotes, and blank."""
        mark = re.escape(self.separator)
        rest, unquoted = len(self.header) - 1, f'[^"{mark}\\r]*'
        cell = f'(?:{unquoted}|"(?:[^"]|"")*")'
        return (
            f"^{unquoted}(?:{mark}{unquoted}){{{rest}}}{mark}*\\r?$",
            f"^{cell}(?:{mark}{cell}){{{rest}}}{mark}*\\r?$",
            f"^[{mark}\\s]*$",
        )

    @cached_property
    def record(self) -> re.Pattern[str]:
        """What the lines of a row are that goes over several."""
        return re.compile(self.patterns[1])

    def parse(self, data: bytes, has_quotes: bool) -> pl.DataFrame:
        """Give the cells of whole rows, all columns of the file."""
        schema = dict.fromkeys(self.names, pl.String)
        if not data:
            return pl.DataFrame(schema=schema)
        return pl.read_csv(
            plain(data),
            skip_lines=1,
            has_header=False,
            schema=schema,
            separator=self.separator,
            quote_char='"' if has_quotes else None,
            eol_char="\n",
            truncate_ragged_lines=True,  # what is cut off is known to be blank
            extra_columns="ignore",
        )

    def cells_of(self, parsed: pl.DataFrame, data: bytes) -> tuple[pl.DataFrame, frozenset[Note]]:
        """Give the cells of known columns, each amount with the unit of its heading, and what was left out."""
        notes = self.notes
        for place in self.untitled:
            column = parsed[self.names[place]]
            if column.null_count() < len(column) and column.str.strip_chars().str.len_bytes().sum():
                notes |= {Note("column.untitled", str(place + 1))}
        cells = parsed.select(self.kept)
        if MERGED.encode() in data:
            merged = cells.select(pl.all().str.starts_with(MERGED).any()).row(0, named=True)
            notes |= {Note("cells.merged", self.labels[name]) for name, is_merged in merged.items() if is_merged}
            cells = cells.with_columns(pl.col(self.unmerged).str.strip_prefix(MERGED))
        if self.units:
            cells = cells.with_columns(
                pl.when(pl.col(name).str.strip_chars().str.len_bytes() > 0).then(pl.col(name) + unit).alias(name)
                for name, unit in self.units.items()
            )
        return cells, notes


@dataclass(frozen=True)
class TableRows:
    """The rows of a chunk of a table."""

    table: Table
    chunk: Chunk

    def read(self) -> Lines:
        """Read a chunk of whole lines."""
        table, first_line, data = self.table, self.chunk.first_line, self.chunk.data
        lines = pl.read_lines(plain(data), name="line").to_series()[1:]
        numbers = pl.int_range(first_line, first_line + len(lines), dtype=pl.Int64, eager=True)
        has_quotes = b'"' in data
        plain_row, quoted_row, blank = table.patterns
        is_row = lines.str.contains(quoted_row if has_quotes else plain_row)
        is_blank = lines.str.contains(blank)
        if is_row.all() and not is_blank.any():
            parsed = table.parse(data, has_quotes)
            if parsed.height == len(lines):
                return self._lines(parsed, numbers, (), {})
        frame = pl.DataFrame({"n": numbers, "line": lines}).filter(~is_blank)
        good, broken = frame.filter(is_row.filter(~is_blank)), frame.filter(~is_row.filter(~is_blank))
        joined = self._join(dict(broken.iter_rows()), lines) if has_quotes else {}
        if joined:
            swallowed = {
                number for start, text in joined.items() for number in range(start, start + text.count("\n") + 1)
            }
            good = pl.concat(
                [
                    good.filter(~pl.col("n").is_in(swallowed)),
                    pl.DataFrame({"n": joined.keys(), "line": joined.values()}),
                ]
            ).sort("n")
            broken = broken.filter(~pl.col("n").is_in(swallowed))
        parsed = table.parse("\n".join([*good["line"].to_list(), ""]).encode(), has_quotes)
        if parsed.height != good.height:  # pragma: no cover - the shape was checked line by line
            raise RefusedError(UNREADABLE, "the file cannot be read as CSV")
        told = [(number, line.rstrip("\r"), "row.shape") for number, line in broken.iter_rows()]
        return self._lines(parsed, good["n"], told, joined)

    def _cells_in(self, line: str) -> list[str]:
        """Give the cells of a line that is no whole row, as far as it has any."""
        try:
            return next(csv.reader([line], delimiter=self.table.separator), [])
        except csv.Error:
            return []

    def _lines(
        self, parsed: pl.DataFrame, numbers: pl.Series, broken: list[tuple[int, str, str]] | tuple[()],
        joined: dict[int, str],
    ) -> Lines:  # fmt: skip
        table, place = self.table, self.chunk.place_of
        asides = table.asides(parsed)
        noted = frozenset(Note(aside, place(numbers[row])) for row, aside in asides.items())
        if asides:
            is_row = ~pl.int_range(parsed.height, eager=True).is_in(list(asides))
            parsed, numbers = parsed.filter(is_row), numbers.filter(is_row)
        shapeless = {number: aside for number, line, _ in broken if (aside := table.aside(self._cells_in(line)))}
        noted |= {Note(aside, place(number)) for number, aside in shapeless.items()}
        broken = [told for told in broken if told[0] not in shapeless]
        cells, notes = table.cells_of(parsed, self.chunk.data)
        return Lines(cells, numbers, broken, self.chunk, joined, notes | noted, table.header_in_units, table.separator)

    def _join(self, broken: dict[int, str], lines: pl.Series) -> dict[int, str]:
        """Give the rows whose quoted cells hold line breaks, by their first line."""
        joined: dict[int, str] = {}
        swallowed = 0  # the last line that a row has taken in
        for number, line in broken.items():
            if number <= swallowed or line.count('"') % 2 == 0:
                continue
            text, place = line, number - self.chunk.first_line
            for further in lines[place + 1 : place + MAX_RECORD_LINES]:
                text += "\n" + further
                if further.count('"') % 2:
                    if self.table.record.match(text):
                        joined[number] = text.rstrip("\r")
                        swallowed = number + text.count("\n")
                    break
        return joined
