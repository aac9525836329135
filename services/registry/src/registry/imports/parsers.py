"""What the intake read, made into checked households (as rows for COPY)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

import orjson
from pydantic import ValidationError

from contracts.errors import FieldError
from contracts.written import OF_A_FILE
from intake.lines import Lines, Reader
from intake.ndjson import RepeatedError, once
from intake.notes import Note
from intake.tables import plain_text
from intake.text import Chunk
from intake.written import folded, is_error
from registry.household import HouseholdIn
from registry.imports.columns import FLAT, Places, household_disagrees, household_document, is_about_a_person
from registry.imports.prepare import Batch, Preparer
from registry.imports.texts import FAULTS, KINDS, OTHER_KIND

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
            household = validate(line, strict=True, context=OF_A_FILE)
        except ValidationError as error:
            hh_no, person_nos = _numbers_in(line)
            preparer.refuse(faults_of(error), [number], hh_no, person_nos)
            continue
        if line.count(b'":') != _keys_of(household) and _is_repeated(line):
            preparer.reject(number, FieldError.told(FAULTS, "row.repeated"), hh_no=household.hh_no)
            continue
        preparer.add(household, [number])


def _keys_of(household: HouseholdIn) -> int:
    """Count the keys that a line had, each once: all of them are known."""
    inner = (*household.members, *household.incomes, *([household.monitor] if household.monitor else ()))
    return len(household.model_fields_set) + sum(len(one.model_fields_set) for one in inner)


def _is_repeated(line: bytes) -> bool:
    """Tell whether an object of a line names one key twice."""
    try:
        json.loads(line, object_pairs_hook=once)
    except RepeatedError:
        return True
    except RecursionError:  # pragma: no cover - it was read already
        pass
    return False


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
        self._header: Sequence[str] = ()
        self._separator = ","
        self._hh_no: str | None = None
        self._is_doubtful = False  # whether a row before may be of the household that begins
        self._rows: list[tuple[int, Sequence[Any]]] = []
        self._notes: dict[Note, None] = {}

    @property
    def notes(self) -> list[Note]:
        """What the sender should know."""
        return [*self._reader.notes, *self._notes]

    def read(self, chunk: Chunk) -> Batch:
        """Read a chunk; the households that it completes are in the batch.

        Raises:
            RefusedError: COLUMN_MISSING and others, of the header.
        """
        rows = self._reader.take(chunk)
        if rows is not None:
            self._read(rows.read())
        return self._preparer.take()

    def _read(self, lines: Lines) -> None:
        places = Places.of(lines.cells.columns)
        if places != self._places:  # another sheet: no household goes on in it
            self.finish()
            self._places = places
        self._header, self._separator = lines.header or (), lines.separator
        self._notes |= dict.fromkeys(sorted(lines.notes))
        self._notes |= {
            Note("column.unknown", plain_text(cell)): None
            for cell in self._header
            if (found := FLAT.find(cell)) and found.name in places.unused
        }
        whole = ((number, cells, "") for number, cells in zip(lines.line_no, lines.cells.iter_rows(), strict=True))
        broken = ((number, (), raw) for number, raw, _ in lines.broken)
        for number, cells, raw in merge(whole, broken, key=itemgetter(0)):
            self._row(number, cells, raw)

    def end(self) -> Batch:
        """Give the last household.

        Raises:
            RefusedError: nothing of the file could be used.
        """
        self._reader.end()
        self.finish()
        return self._preparer.take()

    def _row(self, number: int, cells: Sequence[Any], raw: str) -> None:
        if not cells:
            hh_no = self._hh_no_in(raw)
            self._preparer.reject(number, FieldError.told(FAULTS, "row.shape"), hh_no=_number(hh_no))
            self._spoil(number, hh_no)
            return
        assert self._places is not None  # noqa: S101 - for the type checker
        hh_no = folded(cells[self._places.columns["hh_no"]] or "")
        if not hh_no or is_error(hh_no):
            key = "hh_no.missing" if not hh_no else "hh_no.error_cell"
            self._preparer.reject(number, FieldError.told(FAULTS, key, "/hh_no"))
            if self._hh_no and is_about_a_person(self._places, cells):
                self._spoil(number, self._hh_no)  # perhaps its member: without it the household is not whole
            self._is_doubtful = bool(hh_no)  # an error may have hidden either number
            return
        if hh_no != self._hh_no:
            self.finish()
            self._hh_no = hh_no
            if self._is_doubtful:
                self._spoil(number, hh_no)
        self._is_doubtful = False
        self._rows.append((number, cells))

    def _hh_no_in(self, raw: str) -> str:
        """Find the household's number in a broken line, so that its household is rejected whole."""
        header = [found.name if (found := FLAT.find(cell)) else None for cell in self._header]
        cells = raw.split(self._separator)
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
        document, faults = household_document(self._places, [cells for _, cells in rows])
        person_nos = [_number(member.get("person_no")) for member in document["members"]]
        if faults:
            self._preparer.refuse(faults, lines, _number(hh_no), person_nos)
            return
        try:
            household = HouseholdIn.model_validate_json(orjson.dumps(document), strict=True)
        except ValidationError as error:
            self._preparer.refuse(faults_of(error), lines, _number(hh_no), person_nos)
            return
        self._preparer.add(household, lines)
