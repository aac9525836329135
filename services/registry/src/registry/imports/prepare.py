"""From a checked household to rows ready for COPY: tokens, blind index and ciphertext, computed while streaming."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from contracts.area_vocabulary import PlaceKind
from contracts.errors import FieldError
from contracts.fields import HOUSEHOLD, INCOME, PERSON, Field, names, plain
from registry.household import Checked, HouseholdIn, IncomeIn, MemberIn, check, member_at
from registry.identity import MASKED, Concealed, conceal_all, conceal_contacts, contact_masks, contact_of
from registry.imports.kept import kept_of
from registry.place_names import NAMED_BY
from registry.settings import IdentityKeys
from servicekit.ids import new_id

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

# Households that are concealed in one go. A whole block of them would fall out of the processor's caches.
_AT_A_TIME = 64

AMOUNTS = tuple(field for field in plain(INCOME) if field.name != "year")
# What the registry fills, by name, before the fields that were given.
_OF_HOUSEHOLD = (
    "id", "contact", *MASKED.values(), "population", "fingerprint", "monitor_category", "is_monitored", "open_risks",
    "known_on", "created_at", "updated_at",
)  # fmt: skip
_OF_PERSON = (
    "id", "household_id", "ordinal", "identity", "name_masked", "id_no_masked", "id_index", "id_index_even",
    "id_token", "person_token", "token_key_id", "other_tokens", "joined_on",
)  # fmt: skip
_OF_INCOME = ("household_id", "version", "population", "recorded_at", "recorded_by")
HOUSEHOLD_COLUMNS = (*_OF_HOUSEHOLD, *names(plain(HOUSEHOLD)))
PERSON_COLUMNS = (*_OF_PERSON, *names(plain(PERSON)))
INCOME_COLUMNS = (*_OF_INCOME, *names(plain(INCOME)))
PLACE_COLUMNS = ("line", "rows", "identified_on", "kept", "given")
REJECT_COLUMNS = ("line", "rows", "hh_no", "person_no", "field", "code", "message")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all rows of one import have in common: when it happened, and the client that caused it."""

    at: datetime
    today: date
    by: str


class Entry(NamedTuple):
    """The rows of one accepted household in PostgreSQL's COPY text form, and what they claim for it alone.

    Attributes:
        place: Values of PLACE_COLUMNS.
        named: The names of group, grid and site (`NAMED_BY`) that it writes, each with its kind.
        persons: As many rows as the household has members; `incomes` may be empty.
        id_indexes: Blind indexes, hexadecimal; `id_indexes_even` by the key with an even number.
    """

    id: str
    hh_no: str
    village_code: str
    place: str
    population: int
    household: str
    persons: str
    incomes: str
    person_nos: tuple[str, ...]
    id_indexes: tuple[str, ...]
    id_indexes_even: tuple[str, ...]
    named: tuple[tuple[PlaceKind, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some households of a file; `rejects` are rows in COPY text form."""

    entries: list[Entry]
    rejects: list[str]


class Preparer:
    """Checks households and turns each into rows, or into reject rows."""

    def __init__(self, keys: IdentityKeys, occasion: Occasion) -> None:
        """Encrypt and tokenise with `keys`; judge dates against the occasion's day."""
        self._keys = keys
        self._occasion = occasion
        self._at, self._today = occasion.at.isoformat(), occasion.today.isoformat()
        self._by = _text(occasion.by)
        self._accepted: list[tuple[Checked, int, int]] = []
        self._batch = Batch([], [])

    def take(self) -> Batch:
        """Give the rows so far and begin a new batch."""
        self._write()
        batch, self._batch = self._batch, Batch([], [])
        return batch

    def _write(self) -> None:
        """Write the rows of the households that were accepted since the last time."""
        accepted, self._accepted = self._accepted, []
        homes = [checked.household for checked, _, _ in accepted]
        contacts = conceal_contacts(self._keys, [(home.hh_no, contact_of(home)) for home in homes])
        people = [
            (member.name, member.id_no, number.number18 if number else None)
            for checked, _, _ in accepted
            for member, number in zip(checked.household.members, checked.numbers, strict=True)
        ]
        secrets = iter(conceal_all(self._keys, people, self._occasion.today))
        self._batch.entries.extend(
            self._entry(checked.household, line, rows, contact, list(islice(secrets, len(checked.numbers))))
            for (checked, line, rows), contact in zip(accepted, contacts, strict=True)
        )

    def add(self, household: HouseholdIn, lines: Sequence[int]) -> None:
        """Check a household and add its rows, or its reject rows.

        Args:
            lines: The line that it stands in, or the line of each member (CSV, XLSX).
        """
        checked, faults = check(household, self._occasion.today)
        if checked is None:
            self.refuse(faults, lines, household.hh_no, [member.person_no for member in household.members])
            return
        self._accepted.append((checked, lines[0], len(lines)))
        if len(self._accepted) >= _AT_A_TIME:
            self._write()

    def refuse(
        self, faults: Sequence[FieldError], lines: Sequence[int], hh_no: str | None, person_nos: Sequence[str | None]
    ) -> None:
        """Add the reject rows of a household, each where its member stands; the first one counts the lost lines."""
        for place, fault in enumerate(faults):
            member = member_at(fault.pointer)
            if member is not None and member >= len(person_nos):
                member = None
            line = lines[member] if member is not None and member < len(lines) else lines[0]
            person_no = person_nos[member] if member is not None else None
            self.reject(line, fault, hh_no=hh_no, person_no=person_no, rows=0 if place else len(lines))

    def reject(
        self, line: int, fault: FieldError, *, hh_no: str | None = None, person_no: str | None = None, rows: int = 1
    ) -> None:
        """Add a reject row; `rows` counts the file's rows that are lost with it."""
        self._batch.rejects.append(
            "\t".join(
                _reject_cells(
                    {
                        "line": str(line),
                        "rows": str(rows),
                        "hh_no": _text(hh_no),
                        "person_no": _text(person_no),
                        "field": fault.pointer.translate(_ESCAPES),
                        "code": fault.code,
                        "message": _text(fault.detail),
                    }
                )
            )
        )

    def _entry(
        self, household: HouseholdIn, line: int, rows: int, contact: str | None, secrets: Sequence[Concealed]
    ) -> Entry:
        household_id = new_id()
        population, monitor = len(household.members), household.monitor
        return Entry(
            id=household_id,
            hh_no=household.hh_no,
            village_code=household.village_code,
            place=f"{line}\t{rows}\t{_date(monitor.identified_on if monitor else None)}\t{self._kept(household)}",
            population=population,
            household=self._household(household_id, household, contact),
            persons="\n".join(
                self._person(household_id, ordinal, member, each)
                for ordinal, (member, each) in enumerate(zip(household.members, secrets, strict=True))
            ),
            incomes="\n".join(self._income(household_id, income, population) for income in household.incomes),
            person_nos=tuple(member.person_no for member in household.members if member.person_no),
            id_indexes=tuple(each.hashes.id_index for each in secrets if each.hashes.id_index),
            id_indexes_even=tuple(each.hashes.id_index_even for each in secrets if each.hashes.id_index_even),
            named=tuple((kind, name) for kind, field in NAMED_BY.items() if (name := getattr(household, field))),
        )

    def _kept(self, household: HouseholdIn) -> str:
        """Give what the household leaves out, and the fingerprint of what it says, where it leaves something out."""
        kept = kept_of(household)
        if kept is None:
            return f"{_NULL}\t{_NULL}"
        said = household.__pydantic_serializer__.to_json(household, exclude_unset=True)
        digest = hashlib.blake2b(said, digest_size=16, key=self._keys.fingerprint_key, person=b"said")
        return f"{kept}\t{_bytes(digest.hexdigest())}"

    def _household(self, household_id: str, household: HouseholdIn, contact: str | None) -> str:
        digest = hashlib.blake2b(_canonical(household), digest_size=16, key=self._keys.fingerprint_key)
        monitor = household.monitor
        return _household_line(
            {
                "id": household_id,
                "contact": contact or _NULL,
                **{column: _text(mask) for column, mask in contact_masks(contact_of(household)).items()},
                "population": str(len(household.members)),
                "fingerprint": _bytes(digest.hexdigest()),
                "monitor_category": monitor.category if monitor else _NULL,
                "is_monitored": _bool(monitor is not None),
                "open_risks": _codes(monitor.risk_types if monitor else []),
                "known_on": _date(household.as_of),
                "created_at": self._at,
                "updated_at": self._at,
            },
            household,
        )

    def _person(self, household_id: str, ordinal: int, member: MemberIn, secrets: Concealed) -> str:
        hashes = secrets.hashes
        return _person_line(
            {
                "id": new_id(),
                "household_id": household_id,
                "ordinal": str(ordinal),
                "identity": secrets.identity,
                "name_masked": _text(secrets.name_masked),
                "id_no_masked": secrets.id_no_masked or _NULL,
                "id_index": _bytes(hashes.id_index),
                "id_index_even": _bytes(hashes.id_index_even),
                "id_token": _bytes(hashes.id_token),
                "person_token": _bytes(hashes.person_token),
                "token_key_id": self._keys.token_key_id,
                "other_tokens": orjson.dumps(hashes.other_tokens).decode() if hashes.other_tokens else _NULL,
                "joined_on": self._today,
            },
            member,
        )

    def _income(self, household_id: str, income: IncomeIn, population: int) -> str:
        return _income_line(
            {
                "household_id": household_id,
                "version": "1",
                "population": str(population),
                "recorded_at": self._at,
                "recorded_by": self._by,
            },
            income,
        )


def _canonical(model: BaseModel) -> bytes:
    """Give equal bytes for equal content, whatever file format it came in and when it was found."""
    return model.__pydantic_serializer__.to_json(model, exclude_defaults=True, exclude={"as_of"})


_NULL = "\\N"


def _text(value: Any) -> str:
    if value is None or value == "":
        return _NULL
    text = str(value)
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


def _code(value: str | None) -> str:
    return value or _NULL


def _codes(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"


def _bool(value: bool | None) -> str:
    return _NULL if value is None else "t" if value else "f"


def _number(value: Decimal | int | None) -> str:
    return _NULL if value is None else str(value)


def _date(value: date | None) -> str:
    return value.isoformat() if value else _NULL


def _bytes(hexadecimal: str | None) -> str:
    return "\\\\x" + hexadecimal if hexadecimal else _NULL


_CELL: Mapping[str, Callable[[Any], str]] = {
    "text": _text, "code": _code, "codes": _codes, "bool": _bool, "date": _date, "money": _number,
    "int": _number,
}  # fmt: skip


def _line_of(columns: Sequence[str], fields: Sequence[Field]) -> Callable[[Mapping[str, str], Any], str]:
    """Give what writes a line of COPY: cells by name, in the order of `columns`, then the fields of a model."""
    filled, given = itemgetter(*columns), attrgetter(*names(fields))
    writers = [_CELL[field.kind] for field in fields]

    def line(cells: Mapping[str, str], model: Any) -> str:
        return "\t".join([*filled(cells), *[write(value) for write, value in zip(writers, given(model), strict=True)]])

    return line


_household_line = _line_of(_OF_HOUSEHOLD, plain(HOUSEHOLD))
_person_line = _line_of(_OF_PERSON, plain(PERSON))
_income_line = _line_of(_OF_INCOME, plain(INCOME))
_reject_cells = itemgetter(*REJECT_COLUMNS)
