"""Field encryption and blind index; the third kind of keyed value, the matching token, is in `servicekit.tokens`.

Text form of a ciphertext: `v1.aesgcm.<key id>.<nonce>.<ciphertext>`, base64url parts, so that an
algorithm (SM4-GCM) or a key can be replaced while old values stay readable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12  # NIST SP 800-38D
_BLOCK_BYTES = 64  # SHA-256
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class DecryptionError(Exception):
    """The ciphertext is damaged, belongs to another row, or its key is not here."""


class FieldCipher:
    """AES-256-GCM for single fields; `aad` binds a value to its place (table|column|row)."""

    def __init__(self, key: bytes, key_id: str = "k1", *, others: Mapping[str, bytes] | None = None) -> None:
        """Encrypt with `key`; decrypt also with the `others` by their ids: those before, and the one to come."""
        self.prefix = f"v1.aesgcm.{key_id}."
        self._aead = AESGCM(key)
        self._readers = {kid: AESGCM(other) for kid, other in (others or {}).items()} | {key_id: self._aead}

    def encrypt(self, text: str, aad: str) -> str:
        """Encrypt `text`; the result differs each time."""
        return self.encrypt_all([(text, aad)])[0]

    def encrypt_all(self, values: Sequence[tuple[str, str]]) -> list[str]:
        """Encrypt many `(text, aad)`; the kernel is asked once for the randomness of all."""
        nonces, prefix, seal = os.urandom(_NONCE_BYTES * len(values)), self.prefix, self._aead.encrypt
        sealed: list[str] = []
        for at, (text, aad) in zip(range(0, len(nonces), _NONCE_BYTES), values, strict=True):
            nonce = nonces[at : at + _NONCE_BYTES]
            sealed.append(f"{prefix}{_b64(nonce)}.{_b64(seal(nonce, text.encode(), aad.encode()))}")
        return sealed

    def is_current(self, stored: str) -> bool:
        """Tell whether a ciphertext was made with the key that is written with now."""
        return stored.startswith(self.prefix)

    def renew(self, stored: str, aad: str, new_aad: str | None = None) -> str:
        """Seal a value again, with the key that is written with now, and for a new place if it gets one.

        Raises:
            DecryptionError: as `decrypt`.
        """
        return self.encrypt(self.decrypt(stored, aad), aad if new_aad is None else new_aad)

    def decrypt(self, stored: str, aad: str) -> str:
        """Give the text back.

        Raises:
            DecryptionError: wrong key, wrong place or damaged value; nothing of it is in the message.
        """
        try:
            version, suite, key_id, nonce, sealed = stored.split(".")
            if (version, suite) != ("v1", "aesgcm"):
                raise DecryptionError(f"unknown suite {version}.{suite}")
            return self._readers[key_id].decrypt(_unb64(nonce), _unb64(sealed), aad.encode()).decode()
        except (InvalidTag, KeyError, ValueError) as error:
            raise DecryptionError("the value cannot be decrypted here") from error

    def seal(self, data: bytes, aad: str) -> bytes:
        """Encrypt bytes; they begin with the text form's prefix."""
        nonce = os.urandom(_NONCE_BYTES)
        return self.prefix.encode() + nonce + self._aead.encrypt(nonce, data, aad.encode())

    def unseal(self, sealed: bytes, aad: str) -> bytes:
        """Give the bytes back.

        Raises:
            DecryptionError: as `decrypt`.
        """
        try:
            _, _, key_id, rest = sealed.split(b".", 3)
            return self._readers[key_id.decode()].decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], aad.encode())
        except (InvalidTag, KeyError, ValueError) as error:
            raise DecryptionError("the bytes cannot be decrypted here") from error


class BlindIndex:
    """Keyed hash by which an exact ID number is found without storing it in clear: HMAC-SHA-256 (RFC 2104).

    Another scheme than the tokens' on purpose: who has one of the two keys learns nothing about the other's values.
    Kept as the states behind the two pads: copying them takes half the time of copying `hmac`. Safe to use from
    several threads.
    """

    def __init__(self, key: bytes) -> None:
        """Use a key of at most 64 bytes."""
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, number18: str) -> str:
        """Give 64 hex digits; equal numbers give equal values."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(number18.encode())
        outer.update(inner.digest())
        return outer.hexdigest()


def _b64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
