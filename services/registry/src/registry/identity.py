"""How names, numbers and contacts are stored. A ciphertext copied to another row does not decrypt there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import orjson

from contracts.fields import HOUSEHOLD
from registry.settings import IdentityKeys
from servicekit.crypto import FieldCipher
from servicekit.identity import mask_id_no, mask_name, mask_phone, normalise_id_no

# A household's sealed fields are one ciphertext, in this order; a new one comes last.
SEALED = tuple(field.name for field in HOUSEHOLD if field.kept != "plain")
MASKED = {field.name: field.column for field in HOUSEHOLD if field.kept == "masked"}
_MASKS = {"phone": mask_phone}


def identity_place(id_index: str | bytes | None, id_index_even: str | bytes | None) -> str:
    """Give the associated data of a person's identity: its own blind index, the odd one if it has both."""
    index = id_index or id_index_even or ""
    return f"person|identity|{index.hex() if isinstance(index, bytes) else index}"


def contact_place(hh_no: str) -> str:
    """Give the associated data of a household's address and phone."""
    return f"household|contact|{hh_no}"


@dataclass(frozen=True)
class Identity:
    """A full identity. Its text form shows nothing."""

    id_no: str | None
    name: str

    def __repr__(self) -> str:
        return "Identity(...)"


def open_identity(cipher: FieldCipher, sealed: str, id_index: bytes | None, id_index_even: bytes | None) -> Identity:
    """Decrypt a person's identity.

    Raises:
        servicekit.crypto.DecryptionError: wrong key, wrong row or damaged value.
    """
    id_no, name = orjson.loads(cipher.decrypt(sealed, identity_place(id_index, id_index_even)))
    return Identity(id_no, name)


def open_contact(cipher: FieldCipher, sealed: str | None, hh_no: str) -> dict[str, str | None]:
    """Decrypt a household's sealed fields, by name; None is what it has not."""
    given = orjson.loads(cipher.decrypt(sealed, contact_place(hh_no))) if sealed is not None else []
    return dict.fromkeys(SEALED) | dict(zip(SEALED, given, strict=False))  # what came later was not given


def contact_of(given: object) -> dict[str, str | None]:
    """Take the sealed fields from a household as it was given."""
    return {name: getattr(given, name, None) or None for name in SEALED}


def contact_masks(contact: Mapping[str, str | None]) -> dict[str, str | None]:
    """Give what may be shown of sealed fields, by column."""
    return {
        column: _MASKS.get(name, _hidden)(value) if (value := contact[name]) else None
        for name, column in MASKED.items()
    }


def _hidden(value: str) -> str:
    return "*" * len(value)


class Hashes(NamedTuple):
    """What is stored to find and match a number. Hexadecimal; None where there is no number or no such key."""

    id_index: str | None = None
    id_index_even: str | None = None
    id_token: str | None = None
    person_token: str | None = None
    other_tokens: dict[str, tuple[str, str]] | None = None


def hashes_of(keys: IdentityKeys, number18: str | None, name: str) -> Hashes:
    """Compute blind indexes and matching tokens of a number, under every key that this process has."""
    if number18 is None:
        return Hashes()
    return Hashes(
        id_index=keys.odd_index.of(number18) if keys.odd_index else None,
        id_index_even=keys.even_index.of(number18) if keys.even_index else None,
        id_token=keys.tokens.id_token(number18),
        person_token=keys.tokens.person_token(number18, name),
        other_tokens={
            key_id: (tokens.id_token(number18), tokens.person_token(number18, name))
            for key_id, tokens in keys.other_tokens.items()
        }
        or None,
    )


class Concealed(NamedTuple):
    """What is stored of a name and a number."""

    identity: str
    name_masked: str
    id_no_masked: str | None
    hashes: Hashes


def conceal(keys: IdentityKeys, name: str, id_no: str | None, number18: str | None, today: date) -> Concealed:
    """Encrypt a name and a number, and compute the blind indexes and the matching tokens of the number.

    The whole certificate number is kept (a disability certificate has 20 or 22 characters); indexes and tokens
    are of its first 18, by which a person is matched everywhere.
    """
    return conceal_all(keys, [(name, id_no, number18)], today)[0]


def _masked(number18: str, this_year: str) -> str:
    """Mask a number; of who was born this year not even the first six: its year has had few days yet."""
    return "*" * len(number18) if number18[6:10] == this_year else mask_id_no(number18)


def conceal_all(
    keys: IdentityKeys, people: Sequence[tuple[str, str | None, str | None]], today: date
) -> list[Concealed]:
    """Conceal many `(name, id_no, number18)`, in their order."""
    hashes = [hashes_of(keys, number18, name) for name, _, number18 in people]
    this_year = str(today.year)
    sealed = keys.cipher.encrypt_all(
        [
            (
                orjson.dumps([normalise_id_no(id_no) if number18 else None, name]).decode(),
                identity_place(each.id_index, each.id_index_even),
            )
            for (name, id_no, number18), each in zip(people, hashes, strict=True)
        ]
    )
    return [
        Concealed(
            identity=identity,
            name_masked=mask_name(name),
            id_no_masked=_masked(number18, this_year) if number18 else None,
            hashes=each,
        )
        for (name, _, number18), identity, each in zip(people, sealed, hashes, strict=True)
    ]


def conceal_contact(keys: IdentityKeys, hh_no: str, contact: Mapping[str, str | None]) -> str | None:
    """Encrypt a household's sealed fields; None if it has none."""
    [sealed] = conceal_contacts(keys, [(hh_no, contact)])
    return sealed


def conceal_contacts(keys: IdentityKeys, contacts: Sequence[tuple[str, Mapping[str, str | None]]]) -> list[str | None]:
    """Encrypt the sealed fields of many households, `(hh_no, fields)`, in their order."""
    sealed = iter(
        keys.cipher.encrypt_all(
            [
                (orjson.dumps([contact[name] for name in SEALED]).decode(), contact_place(hh_no))
                for hh_no, contact in contacts
                if any(contact.values())
            ]
        )
    )
    return [next(sealed) if any(contact.values()) else None for _, contact in contacts]
