"""The keyed hash under blind indexes and the first tokens."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from servicekit.keyed_hash import KeyedHash


@given(st.binary(max_size=64), st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_it_is_hmac_sha_256_for_every_message_under_one_key(key: bytes, messages: list[bytes]) -> None:
    """RFC 2104."""
    keyed = KeyedHash(key)
    assert [keyed.of(each) for each in messages] == [hmac.digest(key, each, hashlib.sha256) for each in messages]
