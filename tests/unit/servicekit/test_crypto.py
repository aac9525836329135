"""Ciphertexts and blind indexes: what is stored must stay readable, and findable, by every release."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.crypto import BlindIndex, DecryptionError, FieldCipher

KEY = bytes(range(32))


@given(st.binary(min_size=32, max_size=32), st.text(max_size=200))
def test_a_blind_index_is_hmac_sha_256(key: bytes, number: str) -> None:
    """RFC 2104, also where the standard library is not asked."""
    assert BlindIndex(key).of(number) == hmac.new(key, number.encode(), hashlib.sha256).hexdigest()


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=5))
def test_what_is_sealed_together_is_opened_one_by_one(values: list[tuple[str, str]]) -> None:
    cipher = FieldCipher(KEY)
    sealed = cipher.encrypt_all(values)
    assert [cipher.decrypt(stored, aad) for stored, (_, aad) in zip(sealed, values, strict=True)] == [
        text for text, _ in values
    ]


def test_equal_values_are_sealed_differently_and_stay_in_their_place() -> None:
    cipher = FieldCipher(KEY)
    first, second = cipher.encrypt_all([("same", "here"), ("same", "here")])
    assert first.split(".")[3] != second.split(".")[3], "a nonce is never used twice"
    with pytest.raises(DecryptionError):
        cipher.decrypt(first, "there")


def test_a_value_of_an_earlier_release_is_read() -> None:
    stored = "v1.aesgcm.k1.-vv8_f7_AAAAAAAA.RlD9BcDfrQGOHctrQfGBIDohDAkaQkPbBQ"
    assert FieldCipher(KEY).decrypt(stored, "here") == "王伟~?>"
