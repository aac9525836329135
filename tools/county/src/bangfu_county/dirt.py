"""What really arrives: rows as clerks type them, and rows that intake must catch.

Spellings that must be accepted, because the normalisation that every reader has to do is NFKC, trimming and upper case:
lower-case x, full-width digits, spaces around numbers and names, the 15-digit number of people born in 19xx, and a
20-digit disability certificate, of which the first 18 characters count.

Rows that must be rejected carry exactly one fault each. They belong to strangers, or follow the clean row of the same
person, or - rarely, never in a story - are the only row of that person. A rejected row never occupies its key.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bangfu_county.calendar import Month
from bangfu_county.datasets import Dataset
from bangfu_county.delivery import Delivery
from bangfu_county.families import FamilyRoom
from bangfu_county.formats import CsvPart, XlsxPart
from bangfu_county.invented import Fault, faults_of, name_apart, setting
from bangfu_county.manifest import Dirt, FileEntry
from bangfu_county.model import Household, Person, Record
from bangfu_county.names import surname
from bangfu_county.numbers import certificate_suffix, check_digit, fifteen_digits
from bangfu_county.schooling import ROLL
from bangfu_county.welfare import COST, ENROL, LOW

_FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}


def _wrong_check_digit(record: Record) -> None:
    number = record["id_no"]
    record["id_no"] = number[:17] + ("7" if number[17] != "7" else "3")


def _impossible_birth_date(record: Record) -> None:
    first17 = record["id_no"][:10] + "1345" + record["id_no"][14:17]
    record["id_no"] = first17 + check_digit(first17)


def _cut_number(record: Record) -> None:
    record["id_no"] = record["id_no"][:17]


def _letter_in_number(record: Record) -> None:
    record["id_no"] = record["id_no"][:8] + "O" + record["id_no"][9:]


_IDENTITY_FAULTS: tuple[Fault, ...] = (
    ("id_no.checksum", _wrong_check_digit),
    ("id_no.missing", setting("id_no", "")),
    ("id_no.length", _cut_number),
    ("id_no.characters", _letter_in_number),
    ("id_no.birth_date", _impossible_birth_date),
    ("name.missing", setting("name", "")),
)


class Desk:
    """Sends the rows of one dataset, some of them spoilt, and keeps count of what must come of them."""

    def __init__(self, delivery: Delivery, room: FamilyRoom, month: Month, rng: Random) -> None:
        self._delivery, self._room, self._month, self._rng = delivery, room, month, rng
        self.dataset: Dataset = delivery.dataset
        self.dirt = Dirt()
        self._faults = (*_IDENTITY_FAULTS, *faults_of(self.dataset))
        self._next_fault = 0
        self._clean: tuple[Record, str] | None = None
        self._first: Record | None = None
        self._strangers = 0

    def begin_household(self) -> None:
        """Allow a new file to begin."""
        self._delivery.begin_household()

    def send(self, household: Household, person: Person, values: Record) -> None:
        """Send a person's row, in whatever state it leaves the office."""
        if person.id_no is None:
            return
        rng, town = self._rng, household.village_code
        record = self._record(person, values)
        self._clean = (dict(record), town)
        chance = rng.random()
        key = (self.dataset.code, person.person_no)
        if key in household.misnamed:
            record["name"] = household.misnamed[key]
            self.dirt.quarantined += 1
        elif chance < 0.0003 and not household.is_story:
            self._send_faulty(record, town)
            return
        elif self._first is None and not household.is_story:
            self._first = dict(record)
        self._respell(record, person)
        self._accept(record, town)
        if chance > 0.9985 and not household.is_story:
            self._repeat(dict(record), town)
        elif chance > 0.9975:
            spoilt = self._record(person, values)
            _wrong_check_digit(spoilt)
            self._reject("id_no.checksum", spoilt, town)
        elif chance > 0.992:
            self._stranger(is_faulty=chance > 0.9955)

    def close(self) -> list[FileEntry]:
        """Append a stranger for every kind of fault, two with clean rows and a late duplicate; finish the files."""
        if self._clean is not None:
            for _ in self._faults:
                self._stranger(is_faulty=True)
            for _ in range(2):
                self._stranger(is_faulty=False)
            self._repeat_first(self._clean[1])
            self._misshape()
        return self._delivery.close()

    def _record(self, person: Person, values: Record) -> Record:
        # The date is optional: one row in ten leaves it out.
        as_of = None if self._rng.random() < 0.1 else self._month.as_of
        return {"id_no": person.id_no, "name": person.name, **values, "as_of": as_of}

    def _accept(self, record: Record, town: str) -> None:
        self._delivery.part_for(record, town).write(record)
        self.dirt.rows += 1
        self.dirt.accepted += 1

    def _repeat(self, record: Record, town: str) -> None:
        """Send a row again that says the same: it is used once."""
        self._delivery.part_for(record, town).write(record)
        self.dirt.rows += 1

    def _reject(self, code: str, record: Record, town: str) -> None:
        self._delivery.part_for(record, town).write(record)
        self.dirt.reject(code)

    def _send_faulty(self, record: Record, town: str) -> None:
        code, spoil = self._faults[self._next_fault % len(self._faults)]
        self._next_fault += 1
        spoil(record)
        self._reject(code, record, town)

    def _respell(self, record: Record, person: Person) -> None:
        """Write number and name as clerks do; one row in thirty is affected, and one in ten of disabled people."""
        chance = self._rng.random()
        number: str = record["id_no"]
        if chance > 0.9 and "disabled" in person.health:
            record["id_no"] = number + certificate_suffix(number)
        if chance > 0.031:
            return
        if chance < 0.008:
            record["id_no"] = number.lower() if number.endswith("X") else f" {number}"
        elif chance < 0.013:
            record["id_no"] = number.translate(_FULL_WIDTH)
        elif chance < 0.025 and number[6:8] == "19":
            record["id_no"] = fifteen_digits(number)
        elif chance < 0.028:
            record["name"] = f"\N{IDEOGRAPHIC SPACE}{record['name']} "
        else:
            record["id_no"] = f"{number} "

    def _stranger(self, *, is_faulty: bool) -> None:
        """Send a row about somebody whom the registry does not know, with the facts of the row before."""
        assert self._clean is not None  # noqa: S101 - strangers copy a row that was sent
        record, town = dict(self._clean[0]), self._clean[1]
        self._strangers += 1
        age = 12 if self.dataset.department == "EDU" else 45
        person = self._room.person(age, self._room.sex(), "other", surname(self._rng))
        # Pupils' names stay inside GBK because nobody of that age gets one beyond it.
        if age == 45:
            person = replace(person, name=person.name.encode("gbk", "ignore").decode("gbk"))
        record["id_no"], record["name"] = person.id_no, person.name
        if "id_no" not in self.dataset.key:
            name_apart(self.dataset, record, f"{self._strangers:06d}")
        if is_faulty:
            self._send_faulty(record, town)
            return
        self.dirt.unmatched += 1
        self._accept(record, town)

    def _repeat_first(self, town: str) -> None:
        """Send the very first row once more, in the last part and spelt otherwise: a pupil on two townships' rolls."""
        if self._first is not None:
            number: str = self._first["id_no"]
            self._repeat({**self._first, "id_no": number.translate(_FULL_WIDTH)}, town)

    def _misshape(self) -> None:
        part = self._delivery.last_part()
        if isinstance(part, XlsxPart) or self._clean is None:
            return
        record = dict(self._clean[0])
        for variant in range(2):
            part.write_misshapen(record, variant)
            self.dirt.reject("row.shape")
        if isinstance(part, CsvPart) and part.charset == "utf-8":
            # The last line of a file can open a quotation without swallowing anybody else's row.
            part.write_unclosed_quote(record)
            self.dirt.reject("row.shape")


class Mixup:
    """Exchanges the names of two members on a department's rows, so that both are set apart for a person to look at."""

    _RATES = {ENROL: 0.0008, ROLL: 0.003, COST: 0.004, LOW: 0.006}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._missing = set(self._RATES)

    def visit(self, household: Household) -> None:
        """Mix up names in some households; the first one that can be mixed up always is."""
        for dataset, rate in self._RATES.items():
            if self._rng.random() >= rate and dataset not in self._missing:
                continue
            listed = [p for p in household.members if p.id_no is not None and p.rows[dataset]]
            pairs = [(a, b) for a in listed for b in listed if a is not b and a.name != b.name]
            if not pairs:
                continue
            self._missing.discard(dataset)
            first, second = pairs[0]
            household.misnamed[dataset, first.person_no] = second.name
            household.misnamed[dataset, second.person_no] = first.name
