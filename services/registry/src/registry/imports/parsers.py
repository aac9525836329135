"""Readers of the three file formats: bytes in, checked households out (as rows for COPY)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from registry.household import Fault, HouseholdIn
from registry.imports.columns import Layout, household_disagrees, household_document, read_header
from registry.imports.lines import LineReader, Record, RecordReader
from registry.imports.prepare import Preparer
from registry.imports.problems import WrongColumns

_NUMBER = re.compile(r"^[A-Za-z0-9\-]{1,32}$")
_MAX_HOUSEHOLD_ROWS = 60

_KINDS = {
    "missing": ("missing", "不能为空", "is required"),
    "enum": ("code", "不是允许的代码", "is not one of the allowed codes"),
    "literal_error": ("code", "不是允许的代码", "is not one of the allowed codes"),
    "greater_than_equal": ("range", "超出允许范围", "is out of range"),
    "less_than_equal": ("range", "超出允许范围", "is out of range"),
    "decimal_max_digits": ("range", "超出允许范围", "is out of range"),
    "decimal_max_places": ("range", "最多两位小数", "has more than two decimals"),
    "decimal_whole_digits": ("range", "超出允许范围", "is out of range"),
    "string_too_long": ("range", "过长", "is too long"),
    "string_too_short": ("missing", "不能为空", "is required"),
    "too_long": ("range", "项数过多", "has too many items"),
    "too_short": ("missing", "不能为空", "is required"),
}


def faults_of(error: ValidationError) -> list[Fault]:
    """Turn Pydantic's errors into faults with stable codes. Values are never repeated."""
    faults: list[Fault] = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        location = item["loc"]
        if item["type"] == "json_invalid" or not location:
            return [Fault("", "row.shape", "不是一个有效的JSON对象 / not a JSON object")]
        field = next((part for part in reversed(location) if isinstance(part, str)), "row")
        kind, chinese, english = _KINDS.get(str(item["type"]), ("type", "格式不对", "has the wrong form"))
        member = location[1] if location[0] == "members" and len(location) > 1 else None
        faults.append(
            Fault(
                "/" + "/".join(str(part) for part in location),
                f"{field}.{kind}",
                f"{field} {chinese} / {field} {english}",
                member if isinstance(member, int) else None,
            )
        )
    return faults


class NdjsonParser:
    """One household a line (application/x-ndjson, always UTF-8)."""

    def __init__(self, preparer: Preparer, *, first_line: int = 1) -> None:
        self._preparer = preparer
        self._lines = LineReader("utf-8", first_line=first_line)
        self.warnings: list[str] = []

    def feed(self, data: bytes) -> None:
        """Read a piece of the body."""
        self._read(data, is_last=False)

    def finish(self) -> None:
        """Read the last line."""
        self._read(b"", is_last=True)

    def _read(self, data: bytes, *, is_last: bool) -> None:
        validate = HouseholdIn.__pydantic_validator__.validate_json
        for line in self._lines.feed(data, is_last=is_last):
            try:
                household = validate(line.text)
            except ValidationError as error:
                hh_no, person_nos = _numbers_in(line.text)
                for place, fault in enumerate(faults_of(error)):
                    person_no = (
                        person_nos[fault.member]
                        if fault.member is not None and fault.member < len(person_nos)
                        else None
                    )
                    self._preparer.reject(
                        line.number, fault, hh_no=hh_no, person_no=person_no, rows=1 if place == 0 else 0
                    )
                continue
            self._preparer.add(household, line.number)


def _numbers_in(text: str) -> tuple[str | None, list[str | None]]:
    """Find the household and person numbers in a line that is otherwise wrong, so that its sender finds it again."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, []
    if not isinstance(document, dict):
        return None, []
    members = document.get("members")
    person_nos = [
        _number(member.get("person_no")) if isinstance(member, dict) else None
        for member in (members if isinstance(members, list) else [])
    ]
    return _number(document.get("hh_no")), person_nos


def _number(value: Any) -> str | None:
    return value if isinstance(value, str) and _NUMBER.match(value) else None


class FlatParser:
    """One row a person; consecutive rows with the same 户编号 are a household."""

    def __init__(self, preparer: Preparer) -> None:
        self._preparer = preparer
        self._layout: Layout | None = None
        self._hh_no: str | None = None
        self._rows: list[tuple[int, Sequence[Any]]] = []
        self.warnings: list[str] = []

    def row(self, number: int, cells: Sequence[Any] | None, raw: str = "") -> None:
        """Read a row; the first one is the header.

        Args:
            cells: None for a row whose quoting is broken.
            raw: Text of a broken row, so that its household is found and rejected whole.

        Raises:
            WrongColumns: if the header lacks a required column.
        """
        if self._layout is None:
            if cells is None:
                raise WrongColumns("the header row is broken")
            self._layout = read_header([str(cell) for cell in cells])
            if self._layout.ignored:
                self.warnings.append("已忽略的列 / columns ignored: " + ", ".join(self._layout.ignored))
            return
        place = self._layout.columns["hh_no"]
        known = raw.split(",") if cells is None else cells
        hh_no = str(known[place] or "").strip().strip('"') if place < len(known) else ""
        if cells is None or len(cells) != self._layout.width:
            detail = "引号有误或列数不对 / broken quoting or wrong number of cells"
            self._preparer.reject(number, Fault("", "row.shape", detail), hh_no=_number(hh_no))
            self._spoil(number, hh_no)
            return
        if not hh_no:
            self._preparer.reject(number, Fault("/hh_no", "hh_no.missing", "户编号不能为空 / hh_no is required"))
            return
        if hh_no != self._hh_no:
            self.finish()
            self._hh_no = hh_no
        self._rows.append((number, cells))

    def _spoil(self, number: int, hh_no: str) -> None:
        """Keep a broken row with its household, so that the household is rejected whole."""
        if hh_no and hh_no != self._hh_no:
            self.finish()
            self._hh_no = hh_no
        if hh_no:
            self._rows.append((number, ()))

    def finish(self) -> None:
        """Check the household whose rows have come."""
        rows, self._rows, hh_no, self._hh_no = self._rows, [], self._hh_no, None
        if not rows or self._layout is None:
            return
        lines = [number for number, _ in rows]
        if any(not cells for _, cells in rows):
            whole = [number for number, cells in rows if cells]
            if whole:
                fault = Fault(
                    "", "household.incomplete", "本户有一行格式错误,整户未导入 / a row of this household is broken"
                )
                self._preparer.reject(whole[0], fault, hh_no=_number(hh_no), rows=len(whole))
            return
        if len(rows) > _MAX_HOUSEHOLD_ROWS:
            fault = Fault("/members", "members.range", "一户人数过多 / too many members")
            self._preparer.reject(lines[0], fault, hh_no=_number(hh_no), rows=len(rows))
            return
        for number, cells in rows[1:]:
            column = household_disagrees(self._layout, rows[0][1], cells)
            if column:
                detail = f"同一户各行的 {column} 不一致 / rows of one household disagree"
                fault = Fault(f"/{column}", "household.rows_disagree", detail)
                self._preparer.reject(number, fault, hh_no=_number(hh_no), rows=len(rows))
                return
        document = household_document(self._layout, [cells for _, cells in rows])
        try:
            household = HouseholdIn.model_validate(document)
        except ValidationError as error:
            for place, fault in enumerate(faults_of(error)):
                member = fault.member if fault.member is not None and fault.member < len(rows) else None
                person_no = _number(document["members"][member].get("person_no")) if member is not None else None
                line = lines[member] if member is not None else lines[0]
                count = len(rows) if place == 0 else 0
                self._preparer.reject(line, fault, hh_no=_number(hh_no), person_no=person_no, rows=count)
            return
        self._preparer.add(household, lines[0], member_lines=lines)


class CsvParser:
    """text/csv with a header row."""

    def __init__(self, preparer: Preparer, charset: str) -> None:
        self._flat = FlatParser(preparer)
        self._lines = LineReader(charset)
        self._records = RecordReader()

    @property
    def warnings(self) -> list[str]:
        """What the sender should know."""
        return self._flat.warnings

    def feed(self, data: bytes) -> None:
        """Read a piece of the body."""
        self._take(self._records.feed(self._lines.feed(data)))

    def finish(self) -> None:
        """Read the last record and the last household."""
        self._take(self._records.feed(self._lines.feed(b"", is_last=True), is_last=True))
        self._flat.finish()

    def _take(self, records: Iterable[Record]) -> None:
        for record in records:
            self._flat.row(record.number, record.cells, record.raw)
