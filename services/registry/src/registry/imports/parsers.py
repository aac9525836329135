"""What the intake read, made into checked households (as rows for COPY)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

import orjson
from pydantic import ValidationError

from contracts.errors import FieldError
from intake.lines import Reader
from intake.text import Chunk
from registry.household import HouseholdIn
from registry.imports.columns import FLAT, Places, household_disagrees, household_document
from registry.imports.prepare import Batch, Preparer
from registry.imports.texts import COLUMNS_IGNORED, FAULTS, KINDS, OTHER_KIND

_NUMBER = re.compile(r"^[A-Za-z0-9\-]{1,32}$")
_MAX_HOUSEHOLD_ROWS = 60


def faults_of(error: ValidationError) -> list[FieldError]:
    """Turn Pydantic's errors into faults with stable codes. Values are never repeated."""
    faults: list[FieldError] = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        location = item["loc"]
        if item["type"] == "json_invalid" or not location:
            return [FieldError.told(FAULTS, "row.shape:json")]
        field = next((part for part in reversed(location) if isinstance(part, str)), "row")
        kind, chinese, english = KINDS.get(str(item["type"]), OTHER_KIND)
        pointer = "/" + "/".join(str(part) for part in location)
        faults.append(FieldError(pointer, f"{field}.{kind}", f"{field} {chinese} / {field} {english}"))
    return faults


def read_lines(preparer: Preparer, chunk: Chunk) -> None:
    """Read NDJSON: one household a line."""
    validate = HouseholdIn.__pydantic_validator__.validate_json
    for number, line in enumerate(chunk.data.split(b"\n"), start=chunk.first_line):
        if not line.strip():
            continue
        try:
            household = validate(line)
        except ValidationError as error:
            hh_no, person_nos = _numbers_in(line)
            preparer.refuse(faults_of(error), [number], hh_no, person_nos)
            continue
        preparer.add(household, [number])


def _numbers_in(text: bytes) -> tuple[str | None, list[str | None]]:
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

    def __init__(self, preparer: Preparer, reader: Reader) -> None:
        self._preparer = preparer
        self._reader = reader
        self._places: Places | None = None
        self._hh_no: str | None = None
        self._rows: list[tuple[int, Sequence[Any]]] = []
        self._ignored: frozenset[str] = frozenset()

    @property
    def warnings(self) -> list[str]:
        """What the sender should know."""
        listed = ", ".join(sorted(self._ignored)[:50])
        return [COLUMNS_IGNORED.format(columns=listed)] if listed else []

    def read(self, chunk: Chunk) -> Batch:
        """Read a chunk; the households that it completes are in the batch.

        Raises:
            RefusedError: COLUMN_MISSING and others, of the header.
        """
        if self._places is None:
            chunk = self._reader.begin(chunk)
        lines = self._reader.read(chunk)
        self._places = self._places or Places.of(lines.cells.columns)
        self._ignored |= lines.unknown
        whole = ((number, cells, "") for number, cells in zip(lines.line_no, lines.cells.iter_rows(), strict=True))
        broken = ((number, (), raw) for number, raw in lines.broken)
        for number, cells, raw in merge(whole, broken, key=itemgetter(0)):
            self._row(number, cells, raw)
        return self._preparer.take()

    def end(self) -> Batch:
        """Give the last household."""
        self.finish()
        return self._preparer.take()

    def _row(self, number: int, cells: Sequence[Any], raw: str) -> None:
        if not cells:
            hh_no = self._hh_no_in(raw)
            self._preparer.reject(number, FieldError.told(FAULTS, "row.shape"), hh_no=_number(hh_no))
            self._spoil(number, hh_no)
            return
        assert self._places is not None  # noqa: S101 - for the type checker
        hh_no = str(cells[self._places.columns["hh_no"]] or "").strip()
        if not hh_no:
            self._preparer.reject(number, FieldError.told(FAULTS, "hh_no.missing", "/hh_no"))
            return
        if hh_no != self._hh_no:
            self.finish()
            self._hh_no = hh_no
        self._rows.append((number, cells))

    def _hh_no_in(self, raw: str) -> str:
        """Find the household's number in a broken line, so that its household is rejected whole."""
        header = [FLAT.find(cell) for cell in self._reader.header or ()]
        cells = raw.split(self._reader.separator)
        place = header.index("hh_no") if "hh_no" in header else len(cells)
        return cells[place].strip().strip('"') if place < len(cells) else ""

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
        if not rows or self._places is None:
            return
        lines = [number for number, _ in rows]
        if any(not cells for _, cells in rows):
            whole = [number for number, cells in rows if cells]
            if whole:
                fault = FieldError.told(FAULTS, "household.incomplete:broken")
                self._preparer.reject(whole[0], fault, hh_no=_number(hh_no), rows=len(whole))
            return
        if len(rows) > _MAX_HOUSEHOLD_ROWS:
            fault = FieldError.told(FAULTS, "members.range", "/members")
            self._preparer.reject(lines[0], fault, hh_no=_number(hh_no), rows=len(rows))
            return
        for number, cells in rows[1:]:
            column = household_disagrees(self._places, rows[0][1], cells)
            if column:
                fault = FieldError.told(FAULTS, "household.rows_disagree", f"/{column}", column=column)
                self._preparer.reject(number, fault, hh_no=_number(hh_no), rows=len(rows))
                return
        document = household_document(self._places, [cells for _, cells in rows])
        try:
            household = HouseholdIn.model_validate(document)
        except ValidationError as error:
            person_nos = [_number(member.get("person_no")) for member in document["members"]]
            self._preparer.refuse(faults_of(error), lines, _number(hh_no), person_nos)
            return
        self._preparer.add(household, lines)
