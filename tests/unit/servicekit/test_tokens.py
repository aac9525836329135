"""AES-CMAC against the standards' vectors and the library; tokens of columns against single ones."""

from __future__ import annotations

import os
from itertools import groupby

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from servicekit.cmac import BLOCK_BYTES, Cmac
from servicekit.identity import normalise_name
from servicekit.keys import Keyring
from servicekit.tokens import TextColumn, Tokeniser, tokenisers

_MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
# RFC 4493, 4, and NIST SP 800-38B, D.3 (in its published examples): key, bytes of the message, MAC.
_VECTORS = [
    ("2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827"),
    ("2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0, "028962f61b7bf89efc6b551f4667d983"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 16, "28a7023f452e8f82bd4bf28d8c37c35c"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 40, "aaf3d8f1de5640c232f5b169b9c911e6"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 64, "e1992190549f6ed5696a2c056c315410"),
]
numbers = st.text("0123456789X", min_size=18, max_size=18)
people = st.lists(st.tuples(numbers, st.text(max_size=60)), max_size=12)


def macs(cmac: Cmac, messages: list[bytes]) -> list[bytes]:
    """Compute messages that have equally many blocks."""
    width = max(1, -(-len(messages[0]) // BLOCK_BYTES)) * BLOCK_BYTES
    rows = np.frombuffer(b"".join(message.ljust(width, b"\0") for message in messages), dtype=np.uint8)
    found = cmac.of_rows(rows.reshape(-1, width).copy(), np.array([len(message) for message in messages]))
    return [bytes(mac) for mac in found]


@pytest.mark.parametrize(("key", "size", "expected"), _VECTORS)
def test_the_standards_vectors(key: str, size: int, expected: str) -> None:
    cmac = Cmac(bytes.fromhex(key))
    message = _MESSAGE[:size]
    assert cmac.of(message).hex() == expected
    assert [mac.hex() for mac in macs(cmac, [message] * 3)] == [expected] * 3


@given(st.sampled_from([16, 24, 32]), st.lists(st.binary(max_size=100), min_size=1, max_size=20))
@settings(deadline=None)
def test_columns_are_what_the_library_says_of_each_message(key_bytes: int, messages: list[bytes]) -> None:
    key = os.urandom(key_bytes)
    cmac = Cmac(key)

    def of_library(message: bytes) -> bytes:
        mac = CMAC(AES(key))
        mac.update(message)
        return mac.finalize()

    def blocks(message: bytes) -> int:
        return max(1, -(-len(message) // BLOCK_BYTES))

    for _, group in groupby(sorted(messages, key=blocks), key=blocks):
        equally_long = list(group)
        expected = [of_library(message) for message in equally_long]
        assert macs(cmac, equally_long) == expected
        assert [cmac.of(message) for message in equally_long] == expected


@given(people)
@settings(deadline=None)
def test_a_column_has_the_tokens_of_its_rows(rows: list[tuple[str, str]]) -> None:
    tokeniser = Tokeniser(os.urandom(32))
    ids, names = TextColumn.of([row[0] for row in rows]), TextColumn.of([normalise_name(row[1]) for row in rows])
    assert tokeniser.id_tokens(ids).hex() == "".join(tokeniser.id_token(number) for number, _ in rows)
    expected = "".join(tokeniser.person_token(number, name) for number, name in rows)
    assert tokeniser.person_tokens(ids, names).hex() == expected


def test_a_token_depends_on_number_name_key_and_kind_and_not_on_how_a_name_is_typed() -> None:
    one, other = Tokeniser(bytes(range(32))), Tokeniser(bytes(range(1, 33)))
    number, second = "110101199003070011", "11010119900307002X"
    different = {
        one.id_token(number),
        one.id_token(second),
        other.id_token(number),
        one.person_token(number, ""),
        one.person_token(number, "张伟"),
        one.person_token(number, "张伟伟"),
        one.person_token(second, "张伟"),
        other.person_token(number, "张伟"),
    }
    assert len(different) == 8
    assert all(len(token) == 32 for token in different)
    assert one.person_token(number, " 阿依•古丽") == one.person_token(number, "阿依·古丽 ")


def test_what_a_key_makes_and_will_always_make() -> None:
    """Computed with `openssl kdf` (HKDF, mode EXPAND_ONLY) and `openssl mac` (CMAC, AES-256-CBC)."""
    tokeniser = Tokeniser(bytes(range(32)))
    assert tokeniser.id_token("110101199003070011") == "a5593908e4b6926741c5f1dcb81267b4"
    assert tokeniser.person_token("110101199003070011", "张伟") == "9833fa525422ddf826642d9d773bb85a"


def test_an_id_number_has_eighteen_characters() -> None:
    tokeniser = Tokeniser(bytes(range(32)))
    with pytest.raises(ValueError, match="18 characters"):
        tokeniser.id_token("110101900307001")
    with pytest.raises(ValueError, match="18 characters"):
        tokeniser.id_tokens(TextColumn.of(["110101199003070011", "110101900307001", "110101199003070011000"]))


def test_each_key_of_a_ring_has_its_own_tokens() -> None:
    ring = Keyring("token", "k2", {"k1": bytes(range(32)), "k2": bytes(range(1, 33))}, "aes-cmac")
    tokens = {key_id: tokeniser.id_token("110101199003070011") for key_id, tokeniser in tokenisers(ring).items()}
    assert tokens["k1"] == "a5593908e4b6926741c5f1dcb81267b4"
    assert tokens["k2"] != tokens["k1"]
