"""From a checked household to rows ready for COPY: tokens, blind index and ciphertext, computed while streaming."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from pydantic import BaseModel

from registry.households.identity import conceal, contact_place
from registry.households.rules import Checked, Fault, check
from registry.households.schemas import HouseholdIn, MemberIn
from registry.settings import IdentityKeys
from servicekit.identity import mask_phone

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

HOUSEHOLD_COLUMNS = (
    "line", "rows", "hh_no", "village_code", "group_name", "hh_type", "housing_tenure", "is_resettled", "contact",
    "phone_masked", "last_negative_decision_on", "population", "fingerprint", "monitor_category", "identified_on",
    "risk_types",
)  # fmt: skip
PERSON_COLUMNS = (
    "line", "ordinal", "person_no", "identity", "name_masked", "id_no_masked", "id_index", "id_index_even", "id_token",
    "person_token", "token_key_id", "other_tokens", "birth_date", "sex", "relation", "labour", "school_stage",
    "has_finished_compulsory", "health", "relief",
)  # fmt: skip
INCOME_COLUMNS = (
    "line", "year", "wage", "business", "property", "transfer", "business_cost", "insurance_payout", "self_paid",
)  # fmt: skip
REJECT_COLUMNS = ("line", "rows", "hh_no", "person_no", "field", "code", "message")


@dataclass
class Batch:
    """Rows in PostgreSQL's COPY text form, one list a staging table."""

    households: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    incomes: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    reject_codes: Counter[str] = field(default_factory=Counter)


class Preparer:
    """Checks households and turns each into rows, or into reject rows."""

    def __init__(self, keys: IdentityKeys, today: date) -> None:
        """Encrypt and tokenise with `keys`; judge dates against `today`."""
        self._keys = keys
        self._today = today
        self.batch = Batch()

    def take(self) -> Batch:
        """Give the rows so far and begin a new batch."""
        batch, self.batch = self.batch, Batch()
        return batch

    def add(self, household: HouseholdIn, line: int, *, member_lines: list[int] | None = None) -> bool:
        """Check a household and add its rows; tell whether it was accepted.

        Args:
            member_lines: Line of each member where a member has a line of its own (CSV, XLSX).
        """
        checked, faults = check(household, self._today)
        if checked is None:
            rows = len(member_lines) if member_lines else 1
            for place, fault in enumerate(faults):
                at = member_lines[fault.member] if member_lines and fault.member is not None else line
                person_no = household.members[fault.member].person_no if fault.member is not None else None
                self.reject(at, fault, hh_no=household.hh_no, person_no=person_no, rows=rows if place == 0 else 0)
            return False
        self._append(checked, line, len(member_lines) if member_lines else 1)
        return True

    def reject(
        self, line: int, fault: Fault, *, hh_no: str | None = None, person_no: str | None = None, rows: int = 1
    ) -> None:
        """Add a reject row; `rows` counts the file's rows that are lost with it."""
        self.batch.reject_codes[fault.code] += 1
        self.batch.rejects.append(
            "\t".join(
                (
                    str(line), str(rows), _text(hh_no), _text(person_no), fault.pointer.translate(_ESCAPES), fault.code,
                    _text(fault.message),
                )
            )
        )  # fmt: skip

    def _append(self, checked: Checked, line: int, rows: int) -> None:
        household = checked.household
        digest = hashlib.blake2b(digest_size=16, key=self._keys.fingerprint_key)
        digest.update(_canonical(household))
        contact = "\\N"
        phone = household.phone or None
        if household.address or phone:
            sealed = self._keys.cipher.encrypt(
                orjson.dumps([household.address, phone]).decode(), contact_place(household.hh_no)
            )
            contact = _text(sealed)
        monitor = household.monitor
        self.batch.households.append(
            "\t".join(
                (
                    str(line),
                    str(rows),
                    household.hh_no,
                    household.village_code,
                    _text(household.group_name),
                    household.hh_type.value,
                    household.housing_tenure.value,
                    "t" if household.is_resettled else "f",
                    contact,
                    _text(mask_phone(phone) if phone else None),
                    _date(household.last_negative_decision_on),
                    str(len(household.members)),
                    "\\\\x" + digest.hexdigest(),
                    monitor.category.value if monitor else "\\N",
                    _date(monitor.identified_on if monitor else None),
                    "{" + ",".join(risk.value for risk in monitor.risk_types) + "}" if monitor else "{}",
                )
            )
        )
        for ordinal, (member, number) in enumerate(zip(household.members, checked.numbers, strict=True)):
            self.batch.persons.append(self._person(member, number.number18 if number else None, line, ordinal))
        for income in household.incomes:
            self.batch.incomes.append(
                f"{line}\t{income.year}\t{income.wage}\t{income.business}\t{income.property}\t{income.transfer}"
                f"\t{income.business_cost}\t{income.insurance_payout}\t{income.self_paid}"
            )

    def _person(self, member: MemberIn, number18: str | None, line: int, ordinal: int) -> str:
        secrets = conceal(self._keys, member.name, member.id_no, number18)
        hashes = secrets.hashes
        return "\t".join(
            (
                str(line),
                str(ordinal),
                member.person_no or "\\N",
                secrets.identity,
                _text(secrets.name_masked),
                secrets.id_no_masked or "\\N",
                "\\\\x" + hashes.id_index if hashes.id_index else "\\N",
                "\\\\x" + hashes.id_index_even if hashes.id_index_even else "\\N",
                "\\\\x" + hashes.id_token if hashes.id_token else "\\N",
                "\\\\x" + hashes.person_token if hashes.person_token else "\\N",
                self._keys.token_key_id,
                orjson.dumps(hashes.other_tokens).decode() if hashes.other_tokens else "\\N",
                member.birth_date.isoformat(),
                member.sex,
                member.relation.value,
                member.labour.value,
                member.school_stage.value if member.school_stage else "\\N",
                "t" if member.has_finished_compulsory else "f",
                "{" + ",".join(condition.value for condition in member.health) + "}",
                member.relief.value,
            )
        )


def _canonical(model: BaseModel) -> bytes:
    """Give equal bytes for equal content, whatever file format it came in."""
    return model.__pydantic_serializer__.to_json(model)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "\\N"
    text = str(value)
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


def _date(value: date | None) -> str:
    return value.isoformat() if value else "\\N"
