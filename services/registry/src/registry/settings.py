"""Settings of the registry (environment prefix `REGISTRY_`)."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, SecretStr, field_validator

from servicekit.crypto import BlindIndex, FieldCipher, Tokeniser
from servicekit.settings import ServiceSettings, key_bytes, service_config

_MIB = 1024 * 1024


class RegistrySettings(ServiceSettings):
    """What the registry must be told: the common settings, three keys and the guards of its imports."""

    model_config = service_config("REGISTRY_")

    encryption_key: SecretStr = Field(description="base64 of 32 bytes: AES-256-GCM of names, ID numbers, contacts")
    blind_index_key: SecretStr = Field(description="base64 of 32 bytes: exact search by ID number")
    token_key: SecretStr = Field(description="base64 of 32 bytes: matching tokens, shared with sharing only")

    import_max_bytes: int = Field(default=2048 * _MIB, description="largest body of an import, as sent")
    import_max_plain_bytes: int = Field(default=16 * 1024 * _MIB, description="largest body after decompression")
    import_max_ratio: int = Field(default=200, description="largest plain/compressed ratio, judged after 8 MiB")
    import_idle_s: float = Field(default=60.0, description="longest silence of a client within its upload")
    xlsx_max_bytes: int = Field(default=64 * _MIB, description="largest workbook, as a file")
    xlsx_max_plain_bytes: int = Field(default=384 * _MIB, description="largest workbook, unzipped")
    xlsx_max_rows: int = Field(default=200_000, description="most rows read from a workbook")
    unmask_per_minute: int = Field(default=30, description="unmaskings a client may make in a minute")

    @field_validator("encryption_key", "blind_index_key", "token_key")
    @classmethod
    def _must_be_a_key(cls, value: SecretStr) -> SecretStr:
        key_bytes(value)
        return value


@dataclass(frozen=True)
class IdentityKeys:
    """The keyed functions of the registry, built once from its settings."""

    cipher: FieldCipher
    index: BlindIndex
    tokens: Tokeniser
    fingerprint_key: bytes

    @classmethod
    def of(cls, settings: RegistrySettings) -> IdentityKeys:
        """Decode the keys."""
        return cls(
            cipher=FieldCipher(key_bytes(settings.encryption_key)),
            index=BlindIndex(key_bytes(settings.blind_index_key)),
            tokens=Tokeniser(key_bytes(settings.token_key)),
            fingerprint_key=key_bytes(settings.blind_index_key),
        )
