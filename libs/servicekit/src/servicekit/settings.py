"""Settings common to the services, read from the environment (prefix per service)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_WEAK_SECRETS = frozenset({"", "changeme", "secret", "password", "postgres", "bangfu", "default"})


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
    """What every service must be told. A missing value stops the start with its name."""

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
    drain_s: float = 20.0

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.mode == "embedded":
            return self
        if self.clock_file is not None:
            raise ValueError("clock_file moves the business clock and is only for embedded mode")
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr) and _is_weak(value.get_secret_value()):
                raise ValueError(f"{name} is missing or a known default; set a secret of its own")
        return self


def _is_weak(secret: str) -> bool:
    if secret.lower() in _WEAK_SECRETS:
        return True
    if "://" in secret:  # a URL: its password is the secret
        credentials = secret.split("://", 1)[1].split("@", 1)
        if len(credentials) == 2 and ":" in credentials[0]:
            return credentials[0].split(":", 1)[1].lower() in _WEAK_SECRETS
        return False
    try:
        decoded = base64.b64decode(secret, validate=True)
    except binascii.Error:
        return False
    return len(decoded) == 32 and len(set(decoded)) == 1  # thirty-two equal bytes is an example, not a key


def key_bytes(secret: SecretStr) -> bytes:
    """Decode a 32-byte key given as base64.

    Raises:
        ValueError: if it is not base64 of exactly 32 bytes. The message never repeats the secret.
    """
    try:
        key = base64.b64decode(secret.get_secret_value(), validate=True)
    except binascii.Error as error:
        raise ValueError("a key must be base64 of 32 bytes") from error
    if len(key) != 32:
        raise ValueError(f"a key must have 32 bytes, this one has {len(key)}")
    return key
