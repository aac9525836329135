"""Keys by id: what settings accept, what a cipher reads, what is remembered of a key."""

from __future__ import annotations

import base64
import hmac
import os
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from servicekit.crypto import DecryptionError
from servicekit.keys import Keyring
from servicekit.settings import KeyId, OtherKeys, ServiceSettings, service_config


class Settings(ServiceSettings):
    model_config = service_config("PROBE_")
    KEYS: ClassVar[tuple[str, ...]] = ("field_key", "token_key")

    field_key: SecretStr
    field_key_id: KeyId = "k1"
    other_field_keys: OtherKeys = {}
    token_key: SecretStr
    token_key_id: KeyId = "k1"
    other_token_keys: OtherKeys = {}


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


ONE, TWO, THREE = key(), key(), key()
GOOD: dict[str, Any] = {
    "database_url": "postgresql://probe:9sdf7sd9f8@db/probe?sslmode=verify-full",
    "bus_url": "kafka://probe@broker:9093?password_file=/run/p&ca_file=/run/ca",
    "field_key": ONE,
    "token_key": f"aes-cmac:{TWO}",
}


def test_one_key_without_an_id_is_k1_and_further_keys_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings(**GOOD).keyring("field_key").current_id == "k1"
    monkeypatch.setenv("PROBE_FIELD_KEY_ID", "k2")
    monkeypatch.setenv("PROBE_OTHER_FIELD_KEYS", f'{{"k1": "{THREE}"}}')
    ring = Settings(**GOOD).keyring("field_key")
    assert (ring.purpose, ring.current_id, ring.other_ids) == ("field", "k2", ["k1"])
    assert ring.current == base64.b64decode(ONE)
    assert ONE not in repr(ring)


def test_a_token_key_says_what_it_is_for_and_no_other_key_does() -> None:
    ring = Settings(**GOOD | {"other_token_keys": {"k0": f"aes-cmac:{THREE}"}}).keyring("token_key")
    assert (ring.keys, ring.algorithm) == ({"k1": base64.b64decode(TWO), "k0": base64.b64decode(THREE)}, "aes-cmac")
    assert Settings(**GOOD).keyring("field_key").algorithm is None
    plain = Keyring("token", ring.current_id, ring.keys)
    assert plain.fingerprints() != ring.fingerprints(), "the same bytes for something else are another key"


def test_a_value_of_another_key_is_read_and_new_ones_have_the_current_key() -> None:
    before = Settings(**GOOD).keyring("field_key").cipher()
    after = Settings(**GOOD | {"field_key": THREE, "field_key_id": "k2", "other_field_keys": {"k1": ONE}})
    cipher = after.keyring("field_key").cipher()
    sealed = before.encrypt("张三", "a|b|1")
    assert cipher.decrypt(sealed, "a|b|1") == "张三"
    assert not cipher.is_current(sealed)
    renewed = cipher.renew(sealed, "a|b|1", "a|b|2")
    assert cipher.is_current(renewed)
    assert cipher.decrypt(renewed, "a|b|2") == "张三"
    with pytest.raises(DecryptionError):
        before.decrypt(renewed, "a|b|2")


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"other_field_keys": {"k1": THREE}}, "must not hold the current key"),
        ({"other_field_keys": {"k2": base64.b64encode(b"short").decode()}}, "PROBE_FIELD_KEY"),
        ({"other_field_keys": {"a.b": THREE}}, "other_field_keys"),
        ({"field_key": "not base64!"}, "PROBE_FIELD_KEY"),
        ({"field_key": f"aes-cmac:{THREE}"}, "PROBE_FIELD_KEY"),
        ({"token_key": THREE}, "a key is aes-cmac:<base64 of 32 bytes>"),
        ({"token_key": f"sm4-cmac:{THREE}"}, "a key is aes-cmac:<base64 of 32 bytes>"),
        ({"token_key": f":{THREE}"}, "PROBE_TOKEN_KEY"),
        ({"token_key": f"aes-cmac:aes-cmac:{THREE}"}, "PROBE_TOKEN_KEY"),
        ({"token_key": "aes-cmac:c2hvcnQ="}, "PROBE_TOKEN_KEY"),
        ({"other_token_keys": {"k2": f"AES-CMAC:{THREE}"}}, "PROBE_TOKEN_KEY"),
    ],
)
def test_keys_that_cannot_work_are_refused_in_every_mode_and_never_repeated(bad: dict[str, Any], named: str) -> None:
    for mode in ("embedded", "production"):
        with pytest.raises(ValidationError) as caught:
            Settings(**GOOD | bad, mode=mode)
        assert named in str(caught.value)
        assert THREE not in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"token_key": f"aes-cmac:{ONE}"},
        {"token_key": "aes-cmac:" + base64.b64encode(b"0123456789" * 3 + b"01").decode()},
        {"other_field_keys": {"k2": ONE}},
        {"other_field_keys": {"k2": TWO}},
        {"other_field_keys": {"k2": base64.b64encode(b"0123456789" * 3 + b"01").decode()}},
    ],
)
def test_production_refuses_a_key_used_twice_and_one_typed_by_hand(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**GOOD | bad)
    Settings(**GOOD | bad, mode="embedded")


def test_the_fingerprint_of_a_key_is_what_it_always_was() -> None:
    """`key_use` of every installation holds it."""
    ring = Keyring("token", "k1", {"k1": bytes(range(32))}, "aes-cmac")
    assert ring.fingerprints() == {
        "k1": hmac.digest(bytes(range(32)), b"bangfu key check token aes-cmac", "sha256")[:8].hex(),
    }


def test_a_fingerprint_tells_keys_apart_by_purpose_and_shows_nothing_of_them() -> None:
    same = Settings(**GOOD | {"token_key": f"aes-cmac:{ONE}"}, mode="embedded")
    field, token = same.keyring("field_key").fingerprints()["k1"], same.keyring("token_key").fingerprints()["k1"]
    assert len(field) == 16
    assert field != token
    assert field == Settings(**GOOD).keyring("field_key").fingerprints()["k1"]
    assert base64.b64decode(ONE).hex()[:16] != field
