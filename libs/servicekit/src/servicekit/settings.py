"""Settings common to the services, read from the environment (prefix per service)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from servicekit.keys import Keyring

_WEAK_SECRETS = frozenset({"", "changeme", "secret", "password", "postgres", "bangfu", "default"})
# A random key of 32 bytes has about 30 different ones; fewer than this is an example or was typed by hand.
_LEAST_DIFFERENT_BYTES = 12

KeyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,15}$", description="id of a key, as k1")]
OtherKeys = dict[KeyId, SecretStr]


class Issuer(BaseModel):
    """A token issuer whose access tokens a service accepts (RFC 9068)."""

    issuer: str
    jwks_url: str
    audience: str = "bangfu"
    token_types: tuple[str, ...] = ("at+jwt", "application/at+jwt")


def service_config(prefix: str) -> SettingsConfigDict:
    """Tell pydantic-settings where a service's variables are: `<PREFIX>NAME`, or such a file in /run/secrets."""
    secrets = Path("/run/secrets")
    return SettingsConfigDict(
        env_prefix=prefix,
        extra="ignore",
        env_nested_delimiter="__",
        secrets_dir=secrets if secrets.is_dir() else None,
    )


class ServiceSettings(BaseSettings):
    """What every service must be told. A missing value stops the start with its name.

    A service names its keys in `KEYS`. For each, say `field_key`, it declares three settings: `field_key` (base64 of
    32 bytes, the key to write with), `field_key_id` and `other_field_keys` (by id, to read with). The keys of a purpose
    in `ALGORITHMS` begin with its name, `aes-cmac:<base64>`: what they made outlives releases.
    """

    KEYS: ClassVar[tuple[str, ...]] = ()
    ALGORITHMS: ClassVar[Mapping[str, str]] = {"token_key": "aes-cmac"}

    mode: Literal["embedded", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = 8000
    worker_port: int = 0
    database_url: SecretStr
    bus_url: SecretStr
    issuers: list[Issuer] = []
    clock_file: Path | None = None
    log_level: str = "INFO"
    data_dir: Path = Path("build/data")
    database_pool_size: int = 8
    lock_timeout_s: float = 10.0
    outbox_keep_days: int = Field(
        default=30, ge=30, description="days that events stay replayable; the same everywhere"
    )
    drain_s: float = 20.0

    def keyring(self, name: str) -> Keyring:
        """Give the keys of one of `KEYS`.

        Raises:
            ValueError: one has not the form of its purpose. The message never repeats a secret.
        """
        others: OtherKeys = getattr(self, f"other_{name}s")
        current_id: str = getattr(self, f"{name}_id")
        algorithm = self.ALGORITHMS.get(name)
        keys = {
            key_id: key_bytes(secret, algorithm)
            for key_id, secret in {**others, current_id: getattr(self, name)}.items()
        }
        return Keyring(name.removesuffix("_key"), current_id, keys, algorithm)

    def keyrings(self) -> list[Keyring]:
        """Give the keys of every purpose."""
        return [self.keyring(name) for name in self.KEYS]

    @model_validator(mode="after")
    def _keys_are_whole(self) -> Self:
        for name in self.KEYS:
            if getattr(self, f"{name}_id") in getattr(self, f"other_{name}s"):
                raise ValueError(f"other_{name}s must not hold the current key; give each key an id of its own")
            try:
                self.keyring(name)
            except ValueError as error:
                variable = f"{self.model_config.get('env_prefix', '')}{name.upper()}"
                raise ValueError(f"{variable} or one of OTHER_{name.upper()}S: {error}") from None
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.mode == "embedded":
            return self
        if self.clock_file is not None:
            raise ValueError("clock_file moves the business clock and is only for embedded mode")
        weak = [
            name
            for name in type(self).model_fields
            if any(_is_weak(secret.get_secret_value()) for secret in _secrets_of(getattr(self, name)))
        ]
        if weak:
            raise ValueError(f"{', '.join(weak)}: missing or a known default; set a secret of its own")
        keys = [key for ring in self.keyrings() for key in ring.keys.values()]
        if len(set(keys)) < len(keys):
            raise ValueError("one key serves two purposes or has two ids; make each key by itself")
        return self


def _secrets_of(value: object) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, SecretStr))
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, SecretStr))


def _is_weak(secret: str) -> bool:
    if secret.lower() in _WEAK_SECRETS:
        return True
    if "://" in secret:  # a URL: its password is the secret
        credentials = secret.split("://", 1)[1].split("@", 1)
        if len(credentials) == 2 and ":" in credentials[0]:
            return credentials[0].split(":", 1)[1].lower() in _WEAK_SECRETS
        return False
    try:
        decoded = base64.b64decode(secret.rpartition(":")[2], validate=True)
    except binascii.Error:
        return False
    return len(decoded) == 32 and len(set(decoded)) < _LEAST_DIFFERENT_BYTES


def key_bytes(secret: SecretStr, algorithm: str | None = None) -> bytes:
    """Decode a 32-byte key given as base64, after the name of its algorithm where it has one.

    Raises:
        ValueError: if it has another form. The message never repeats the secret.
    """
    prefix = f"{algorithm}:" if algorithm else ""
    text = secret.get_secret_value()
    form = f"a key is {prefix}<base64 of 32 bytes>" if prefix else "a key is base64 of 32 bytes"
    if not text.startswith(prefix):
        raise ValueError(form)
    try:
        key = base64.b64decode(text.removeprefix(prefix), validate=True)
    except binascii.Error as error:
        raise ValueError(form) from error
    if len(key) != 32:
        raise ValueError(f"{form}, this one has {len(key)}")
    return key
