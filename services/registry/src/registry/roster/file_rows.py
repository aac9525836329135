"""A row of a file of the roster: what it says, or what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.errors import FieldError
from contracts.fields.record import Field
from contracts.id_numbers import carries_id_number
from contracts.staff_file import STAFF_FILE
from contracts.vocabulary import Department, StaffRole, UnitKind
from intake.layout import Column, Layout
from intake.written import Wrong
from registry.cells import NOTHING, fault_of, value_of
from registry.roster.texts import FAULTS

_DIGITS = frozenset({"area_code", "unit_area_code"})
_FREE = frozenset({"name", "unit_name", "grid", "staff_no", "subject"})

LAYOUT = Layout(
    tuple(
        Column(
            field.name,
            field.zh,
            is_required=field.is_required,
            aliases=field.aliases,
            is_digits=field.name in _DIGITS,
        )
        for field in STAFF_FILE
    ),
    is_own=lambda name: name in ("name", "staff_no", "phone", "subject"),
)


@dataclass(frozen=True, kw_only=True)
class StaffRow:
    """A person with one term, as a line says; None: nothing is said.

    Attributes:
        forgets_phone: The cell says that there is no telephone number any more.
    """

    line: int
    name: str
    unit_name: str
    staff_no: str | None = None
    phone: str | None = None
    forgets_phone: bool = False
    unit_kind: UnitKind | None = None
    unit_area_code: str | None = None
    department: Department | None = None
    role: StaffRole | None = None
    area_code: str | None = None
    grid: str | None = None
    first_on: date | None = None
    last_on: date | None = None
    subject: str | None = None
    issuer: str | None = None


def fault(key: str, **values: object) -> FieldError:
    """Say what is wrong with a row; `key` is one of `texts.FAULTS`, and its first word the column."""
    return FieldError.told(FAULTS, key, "/" + key.partition(".")[0], **values)


def read_row(line: int, cells: Mapping[str, Any]) -> StaffRow | list[FieldError]:
    """Read a row by the names of its columns."""
    said: dict[str, Any] = {}
    faults: list[FieldError] = []
    for field in STAFF_FILE:
        cell = cells.get(field.name)
        value = value_of(field, str(cell)) if cell is not None and str(cell).strip() else NOTHING
        if value is NOTHING:
            if field.is_required:
                faults.append(fault(f"{field.name}.missing"))
        elif isinstance(value, Wrong):
            faults.append(fault_of(field, value, ""))
        elif value is None:  # 清空
            if field.name == "phone":
                said["forgets_phone"] = True
            else:
                faults.append(fault("cell.cleared", field=field.name))
        elif (flaw := _flaw(field, value)) is not None:
            faults.append(flaw)
        else:
            said[field.name] = _typed(field, value)
    faults += _gaps(said) if not faults else []
    return faults or StaffRow(line=line, **said)


def _flaw(field: Field, value: Any) -> FieldError | None:
    if field.kind != "text":
        return None
    if len(value) > (field.longest or len(value)) or not re.fullmatch(field.pattern, value):
        return FieldError(f"/{field.name}", f"{field.name}.type", f"{field.zh}格式不对 / not a {field.en}")
    if field.name in _FREE and carries_id_number(value, old_form=False):
        return FieldError(
            f"/{field.name}", f"{field.name}.id_number", f"{field.zh}中不得有证件号码 / holds an ID number"
        )
    return None


def _typed(field: Field, value: Any) -> Any:
    if field.kind == "code" and field.codes is not None:
        return field.codes(value)
    return date.fromisoformat(value) if field.kind == "date" else value


def _gaps(said: Mapping[str, Any]) -> list[FieldError]:
    """Give what a row lacks, by what else it says."""
    found = []
    if "staff_no" not in said and "phone" not in said:
        found.append(fault("staff_no.missing"))
    if "role" in said:
        found += [fault(f"{name}.missing") for name in ("area_code", "first_on") if name not in said]
    elif said.keys() & {"grid", "first_on", "last_on"}:
        found.append(fault("role.missing"))
    if ("subject" in said) != ("issuer" in said):
        found.append(fault("issuer.missing" if "subject" in said else "subject.missing"))
    return found
