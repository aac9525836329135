"""Sealed values of both sides, opened to be compared: names, numbers, addresses, telephone numbers.

What comes out is marks (keyed hashes), masks and, of the export's value, a ciphertext that only a decision opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.fields import names
from registry.identity import open_contact, open_identity
from registry.reconciliation.values import SEALED_OF_HOUSEHOLD, SEALED_OF_PERSON
from registry.settings import IdentityKeys
from servicekit.crypto import FieldCipher
from servicekit.identity import IdNumber, IdNumberError, normalise_id_no, normalise_name
from servicekit.ids import new_id

_OF_HOUSEHOLD: Final = names(SEALED_OF_HOUSEHOLD)
_OF_PERSON: Final = names(SEALED_OF_PERSON)

# Any: what a statement gives, by the names of its columns.
Row = Mapping[Any, Any]


def place_of(difference_id: str) -> str:
    """Give what a sealed value is bound to, so that values cannot be exchanged unnoticed."""
    return f"reconciliation_difference|{difference_id}"


def open_value(cipher: FieldCipher, sealed: str, difference_id: str) -> str:
    """Open the export's value of a difference."""
    return cipher.decrypt(sealed, place_of(difference_id))


def mark_of(keys: IdentityKeys, whose: str, field: str, value: str | None) -> str | None:
    """Give the keyed hash by which a sealed value of somebody is recognised, hexadecimal; None of no value.

    Two ways to write the same value have one.
    """
    if not value:
        return None
    folded = _number_of(value) if field == "id_no" else normalise_name(value)
    said = f"{whose}|{field}|{folded}".encode()
    return hashlib.blake2b(said, digest_size=16, key=keys.fingerprint_key, person=b"difference").hexdigest()


def _number_of(id_no: str) -> str:
    """Give the citizen number of a certificate: one of 15 characters, or with a suffix, is of the same person."""
    try:
        return IdNumber.parse(id_no).number18
    except IdNumberError:
        return normalise_id_no(id_no)


def of_contacts(keys: IdentityKeys, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the differences among the contacts of both sides (`sql.CONTACTS`)."""
    found: list[dict[str, Any]] = []
    for row in rows:
        registered = open_contact(keys.cipher, row["registered"], row["hh_no"])
        told = open_contact(keys.cipher, row["staged"], row["staged_no"])
        found += _differences(keys, row, ("household", _OF_HOUSEHOLD), registered, told)
    return _sealed(keys.cipher, found)


def of_identities(keys: IdentityKeys, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the differences among the identities of both sides (`sql.IDENTITIES`)."""
    found: list[dict[str, Any]] = []
    for row in rows:
        registered = open_identity(keys.cipher, row["identity"], row["id_index"], row["id_index_even"])
        told = open_identity(keys.cipher, row["staged"], row["staged_index"], row["staged_even"])
        found += _differences(keys, row, ("person", _OF_PERSON), vars(registered), vars(told))
    return _sealed(keys.cipher, found)


def _differences(
    keys: IdentityKeys,
    row: Row,
    compared: tuple[str, Sequence[str]],
    registered: Mapping[str, str | None],
    told: Mapping[str, str | None],
) -> list[dict[str, Any]]:
    subject, fields = compared
    whose = row["household_id"] if subject == "household" else row["person_id"]
    found = []
    for field in fields:
        marks = [mark_of(keys, whose, field, side[field]) for side in (registered, told)]
        if field in (row["left_out"] or ()) or marks[0] == marks[1]:
            continue
        found.append(
            {
                "id": new_id(), "subject": subject, "field": field, "area_code": row["village_code"],
                "household_id": row["household_id"], "person_id": row.get("person_id"), "hh_no": row["hh_no"],
                "person_no": row.get("person_no"), "line": row["line"], "version": row["version"],
                "shown": row.get(f"registered_{field}"), "told": row.get(f"exported_{field}"), "value": told[field],
                "registered_mark": marks[0], "exported_mark": marks[1],
            }
        )  # fmt: skip
    return found


def _sealed(cipher: FieldCipher, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    values = [(value, place_of(row["id"])) for row in found if (value := row["value"]) is not None]
    ciphers = iter(cipher.encrypt_all(values))
    for row in found:
        row["sealed"] = next(ciphers) if row.pop("value") is not None else None
    return found


def again(keys: IdentityKeys, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Hold sealed differences (`now_sql.SEALED`) against what is registered now."""
    held = []
    for row in rows:
        if row["subject"] == "household":
            whose, value = row["household_id"], open_contact(keys.cipher, row["contact"], row["hh_no"])[row["field"]]
        else:
            identity = open_identity(keys.cipher, row["identity"], row["id_index"], row["id_index_even"])
            whose, value = row["person_id"], getattr(identity, row["field"])
        mark = mark_of(keys, whose, row["field"], value)
        before, told = (each.hex() if each else None for each in (row["registered_mark"], row["exported_mark"]))
        held.append(
            {
                "id": row["id"], "version": row["version"], "mark": mark, "shown": row.get(row["field"]),
                "has_changed": mark != before, "is_gone": mark == told,
            }
        )  # fmt: skip
    return held
