"""How names, numbers and contacts are stored. A ciphertext copied to another row does not decrypt there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from registry.settings import IdentityKeys
from servicekit.crypto import FieldCipher
from servicekit.identity import mask_id_no, mask_name, normalise_id_no


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


def open_contact(cipher: FieldCipher, sealed: str | None, hh_no: str) -> tuple[str | None, str | None]:
    """Decrypt a household's `(address, phone)`."""
    if sealed is None:
        return None, None
    address, phone = orjson.loads(cipher.decrypt(sealed, contact_place(hh_no)))
    return address, phone


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


def conceal(keys: IdentityKeys, name: str, id_no: str | None, number18: str | None) -> Concealed:
    """Encrypt a name and a number, and compute the blind indexes and the matching tokens of the number.

    The whole certificate number is kept (a disability certificate has 20 or 22 characters); indexes and tokens
    are of its first 18, by which a person is matched everywhere.
    """
    return conceal_all(keys, [(name, id_no, number18)])[0]


def conceal_all(keys: IdentityKeys, people: Sequence[tuple[str, str | None, str | None]]) -> list[Concealed]:
    """Conceal many `(name, id_no, number18)`, in their order."""
    hashes = [hashes_of(keys, number18, name) for name, _, number18 in people]
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
            id_no_masked=mask_id_no(number18) if number18 else None,
            hashes=each,
        )
        for (name, _, number18), identity, each in zip(people, sealed, hashes, strict=True)
    ]


def conceal_contact(keys: IdentityKeys, hh_no: str, address: str | None, phone: str | None) -> str | None:
    """Encrypt a household's address and phone; None if it has neither."""
    return conceal_contacts(keys, [(hh_no, address, phone)])[0]


def conceal_contacts(keys: IdentityKeys, contacts: Sequence[tuple[str, str | None, str | None]]) -> list[str | None]:
    """Encrypt many `(hh_no, address, phone)`, in their order."""
    given = [contact for contact in contacts if contact[1] or contact[2]]
    sealed = iter(
        keys.cipher.encrypt_all(
            [(orjson.dumps([address, phone or None]).decode(), contact_place(hh_no)) for hh_no, address, phone in given]
        )
    )
    return [next(sealed) if address or phone else None for _, address, phone in contacts]
