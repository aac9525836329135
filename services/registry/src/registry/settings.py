"""Settings of the registry (environment prefix `REGISTRY_`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from servicekit.crypto import BlindIndex, FieldCipher
from servicekit.settings import KeyId, OtherKeys, ServiceSettings, service_config
from servicekit.tokens import Tokeniser, tokenisers

_MIB = 1024 * 1024


class RegistrySettings(ServiceSettings):
    """What the registry must be told: the common settings, three keys and the guards of its imports."""

    model_config = service_config("REGISTRY_")
    KEYS: ClassVar[tuple[str, ...]] = ("encryption_key", "blind_index_key", "token_key")

    encryption_key: SecretStr = Field(description="base64 of 32 bytes: AES-256-GCM of names, ID numbers, contacts")
    encryption_key_id: KeyId = "k1"
    other_encryption_keys: OtherKeys = {}
    blind_index_key: SecretStr = Field(description="base64 of 32 bytes: exact search by ID number")
    blind_index_key_id: KeyId = "k1"
    other_blind_index_keys: OtherKeys = {}
    token_key: SecretStr = Field(description="aes-cmac:<base64 of 32 bytes>: matching tokens, shared with sharing only")
    token_key_id: KeyId = "k1"  # noqa: S105 - an id, not a key
    other_token_keys: OtherKeys = {}

    import_max_bytes: int = Field(default=2048 * _MIB, description="largest body of an import, as sent")
    import_max_plain_bytes: int = Field(default=16 * 1024 * _MIB, description="largest body after decompression")
    import_max_ratio: int = Field(default=200, description="largest plain/compressed ratio, judged after 16 MiB")
    import_processes: int = Field(default=2, ge=1, description="processes that parse a large import")
    import_idle_s: float = Field(default=60.0, description="longest silence of a client within its upload")
    import_lease_s: float = Field(default=20.0, ge=1, description="silence of a worker until another takes its import")
    workbook_max_bytes: int = Field(default=64 * _MIB, description="largest workbook, as a file")
    workbook_max_inflated_bytes: int = Field(default=512 * _MIB, description="largest workbook, unzipped")
    workbook_memory_bytes: int = Field(default=1024 * _MIB, description="address space of the reader of an upload")
    unmask_per_minute: int = Field(default=30, description="unmaskings a client may make in a minute")

    @model_validator(mode="after")
    def _index_keys_take_turns(self) -> Self:
        ids = [self.blind_index_key_id, *self.other_blind_index_keys]
        if not all(re.fullmatch(r"k[1-9][0-9]*", key_id) for key_id in ids):
            raise ValueError("ids of blind_index_keys are k1, k2, k3, ...")
        if len({is_even(key_id) for key_id in ids}) < len(ids):
            raise ValueError("two blind_index_keys at most, one with an odd and one with an even number")
        return self


def is_even(key_id: str) -> bool:
    """Tell which of the two index columns the key `k<number>` fills."""
    return int(key_id[1:]) % 2 == 0


@dataclass(frozen=True)
class IdentityKeys:
    """The keyed functions of the registry, built once from its settings.

    Attributes:
        odd_index: Fills `person.id_index`, `even_index` the other column; both only while keys are being changed.
        other_tokens: Further token keys by id; snapshots carry tokens of all of them.
    """

    cipher: FieldCipher
    odd_index: BlindIndex | None
    even_index: BlindIndex | None
    token_key_id: str
    tokens: Tokeniser
    other_tokens: Mapping[str, Tokeniser]
    fingerprint_key: bytes

    @classmethod
    def of(cls, settings: RegistrySettings) -> IdentityKeys:
        """Build them."""
        index, token = settings.keyring("blind_index_key"), settings.keyring("token_key")
        of_tokens = tokenisers(token)
        by_column = {is_even(key_id): BlindIndex(key) for key_id, key in index.keys.items()}
        return cls(
            cipher=settings.keyring("encryption_key").cipher(),
            odd_index=by_column.get(False),
            even_index=by_column.get(True),
            token_key_id=token.current_id,
            tokens=of_tokens[token.current_id],
            other_tokens={key_id: of_tokens[key_id] for key_id in token.other_ids},
            fingerprint_key=index.current,
        )
