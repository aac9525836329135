"""How names, numbers and contacts are stored. A ciphertext copied to another row does not decrypt there."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from registry.settings import IdentityKeys
from servicekit.crypto import FieldCipher
from servicekit.identity import mask_id_no, mask_name, normalise_id_no


def identity_place(id_index_hex: str | None) -> str:
    """Give the associated data of a person's identity: its own blind index."""
    return f"person|identity|{id_index_hex or ''}"


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


def open_identity(cipher: FieldCipher, sealed: str, id_index: bytes | None) -> Identity:
    """Decrypt a person's identity.

    Raises:
        servicekit.crypto.DecryptionError: wrong key, wrong row or damaged value.
    """
    id_no, name = orjson.loads(cipher.decrypt(sealed, identity_place(id_index.hex() if id_index else None)))
    return Identity(id_no, name)


def open_contact(cipher: FieldCipher, sealed: str | None, hh_no: str) -> tuple[str | None, str | None]:
    """Decrypt a household's `(address, phone)`."""
    if sealed is None:
        return None, None
    address, phone = orjson.loads(cipher.decrypt(sealed, contact_place(hh_no)))
    return address, phone


@dataclass(frozen=True)
class Concealed:
    """What is stored of a name and a number. Hashes are hexadecimal; None where there is no number."""

    identity: str
    name_masked: str
    id_no_masked: str | None
    id_index: str | None
    id_token: str | None
    person_token: str | None


def conceal(keys: IdentityKeys, name: str, id_no: str | None, number18: str | None) -> Concealed:
    """Encrypt a name and a number, and compute the blind index and the matching tokens of the number.

    The whole certificate number is kept (a disability certificate has 20 or 22 characters); index and tokens
    are of its first 18, by which a person is matched everywhere.
    """
    index = keys.index.of(number18) if number18 else None
    sealed = keys.cipher.encrypt(
        orjson.dumps([normalise_id_no(id_no) if number18 else None, name]).decode(), identity_place(index)
    )
    return Concealed(
        identity=sealed,
        name_masked=mask_name(name),
        id_no_masked=mask_id_no(number18) if number18 else None,
        id_index=index,
        id_token=keys.tokens.id_token(number18) if number18 else None,
        person_token=keys.tokens.person_token(number18, name) if number18 else None,
    )
