"""Cells of flat files, read as the fields that they are of. Pure."""

from __future__ import annotations

import re
from typing import Any

from contracts.errors import FieldError
from contracts.fields.record import LINE, Field
from contracts.vocabulary import Labelled
from intake.faults import told
from intake.values import MAX_TEXT_CHARS
from intake.written import (
    CLEAR,
    MERGED,
    Wrong,
    explained,
    folded,
    is_error,
    read_bool,
    read_code,
    read_date,
    read_int,
    read_money,
    read_text,
)

NOTHING = object()
_CODES: dict[type[Labelled], dict[str, str]] = {}


def value_of(field: Field, cell: str) -> Any:
    """Read a cell; `Wrong` where it cannot be read, `NOTHING` where it says nothing."""
    if cell.startswith(MERGED):
        return Wrong("merged")
    text = folded(cell)
    if not text:
        return NOTHING
    if text == CLEAR:
        return None if field.is_nullable else Wrong("cleared")
    match field.kind:
        case "money":
            amount = explained(read_money(text), text.removesuffix("元").rstrip("万千百亿"))
            return amount if isinstance(amount, Wrong) else str(amount)
        case "int":
            return explained(read_int(text), text)
        case "bool":
            return explained(read_bool(text), text)
        case "date":
            day = explained(read_date(text, field.months or None), text)
            return day if isinstance(day, Wrong) else day.isoformat()
        case "code":
            return explained(read_code(text, _codes(field)), text)
        case "codes":
            read = [read_code(part, _codes(field)) for part in re.split(r"[,、;|\s]+", text) if part]
            return next((one for one in read if isinstance(one, Wrong)), read)
    if field.name == "id_no":
        return cell  # read and judged where every number is (servicekit.identity)
    if field.pattern == LINE:
        return read_text(cell, field.longest or MAX_TEXT_CHARS)
    if is_error(text):
        return Wrong("error_cell")
    return Wrong("scientific") if _ROUNDED.match(text) else text


_ROUNDED = re.compile(r"^[0-9]\.[0-9]+[eE]\+[0-9]+$")


def fault_of(field: Field, wrong: Wrong, pointer: str) -> FieldError:
    chinese, english = told(wrong.kind, field.kind)
    if wrong.kind == "code":
        chinese = f"只能填:{'、'.join(member.label for member in field.codes or ())}"
    text = f"{field.zh}{chinese} / {field.name} {english}"
    return FieldError(f"{pointer}/{field.name}", f"{field.name}.{wrong.kind}", text)


def _codes(field: Field) -> dict[str, str]:
    vocabulary = field.codes
    assert vocabulary is not None  # noqa: S101 - of kinds with a code list
    if vocabulary not in _CODES:
        labels = {member.label: member.value for member in vocabulary}
        _CODES[vocabulary] = labels | {member.value: member.value for member in vocabulary}
    return _CODES[vocabulary]
