"""Reading what a step puts on file: every entry declared, typed and complete, or refused with what to send. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from contracts.errors import FieldError
from registry.episodes import facts
from registry.episodes.situation import refusal


@dataclass(frozen=True)
class Entry:
    """Something that the step's record holds: its name and titles, its type, and what a caller may send.

    Attributes:
        kind: A type as pydantic takes it; those of `facts` know when they contradict themselves.
        is_required: Whether the step is refused without it.
    """

    name: str
    zh: str
    en: str
    kind: Any = facts.Reason  # Any: pydantic's own argument of a type
    example: Any = "情况说明"  # Any: JSON
    is_required: bool = True

    @property
    def told(self) -> str:
        """What to send."""
        return json.dumps({self.name: self.example}, ensure_ascii=False)


def read(entries: Sequence[Entry], record: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Read a record: the facts that it holds, by name, and everything that is wrong with it."""
    known = {entry.name: entry for entry in entries}
    found = [
        refusal("record.unknown", f"/record/{name}", names="、".join(known) or "-")
        for name in record
        if name not in known
    ]
    read_: dict[str, Any] = {}
    for entry in entries:
        given = record.get(entry.name)
        if given in (None, "", [], {}):
            if entry.is_required:
                found.append(refusal("record.missing", f"/record/{entry.name}", **_of(entry)))
            continue
        try:
            read_[entry.name] = TypeAdapter(entry.kind).validate_json(json.dumps(given), strict=True)
        except ValidationError as error:
            found += _faults(entry, error)
    return read_, found


def _faults(entry: Entry, error: ValidationError) -> Iterator[FieldError]:
    for fault in error.errors(include_url=False, include_input=False):
        pointer = "/".join(["/record", entry.name, *(str(part) for part in fault["loc"])])
        if fault["type"] == "fact":
            yield refusal(fault["ctx"]["key"], pointer, **_of(entry))
        else:
            yield refusal("record.invalid", pointer, why=fault["msg"], **_of(entry))


def _of(entry: Entry) -> dict[str, str]:
    return {"zh": entry.zh, "en": entry.en, "example": entry.told}


def days_of(read_: Mapping[str, Any]) -> Iterator[tuple[str, date]]:
    """Give the days that the facts of a record name, each with its pointer."""
    for pointer, fact in _facts(read_, "/record"):
        yield from ((f"{pointer}/{field}", day) for field, day in fact.days)


def hashes_of(read_: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the photos and scans that the facts of a record name, each with its pointer."""
    for pointer, fact in _facts(read_, "/record"):
        yield from ((f"{pointer}/{field}", sha256) for field, sha256 in fact.hashes)


def _facts(value: object, pointer: str) -> Iterator[tuple[str, facts.Fact]]:
    """Give every fact within a value, with where it stands."""
    if isinstance(value, facts.Fact):
        yield pointer, value
        value = dict(value)
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _facts(item, f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _facts(item, f"{pointer}/{place}")
