"""Settings of the registry (environment prefix `REGISTRY_`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from intake.settings import FileSettings
from servicekit.crypto import BlindIndex, FieldCipher
from servicekit.settings import AsksAlerts, KeyId, OtherKeys, key_id, other_keys, service_config
from servicekit.tokens import Tokeniser, tokenisers

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Quota:
    """How often one person, or one machine, may look at unmasked data."""

    per_minute: int
    per_day: int


class RegistrySettings(FileSettings, AsksAlerts):
    """What the registry must be told: the common settings, three keys and the guards of its imports."""

    model_config = service_config("REGISTRY_")
    KEYS: ClassVar[tuple[str, ...]] = ("encryption_key", "blind_index_key", "token_key")

    encryption_key: SecretStr = Field(
        description="姓名、证件号码、联系方式的加密密钥(AES-256-GCM),32 字节 base64"
        " / base64 of 32 bytes: AES-256-GCM of names, ID numbers, contacts"
    )
    encryption_key_id: KeyId = key_id("encryption_key", "加密密钥")
    other_encryption_keys: OtherKeys = other_keys("encryption_key", "加密密钥")
    blind_index_key: SecretStr = Field(
        description="按证件号码精确查询的密钥,32 字节 base64 / base64 of 32 bytes: exact search by ID number"
    )
    blind_index_key_id: KeyId = key_id("blind_index_key", "查询密钥")
    other_blind_index_keys: OtherKeys = other_keys("blind_index_key", "查询密钥")
    token_key: SecretStr = Field(
        description="比对令牌密钥 aes-cmac:<32 字节 base64>,仅与 sharing 共用"
        " / aes-cmac:<base64 of 32 bytes>: matching tokens, shared with sharing only"
    )
    token_key_id: KeyId = key_id("token_key", "令牌密钥")
    other_token_keys: OtherKeys = other_keys("token_key", "令牌密钥")

    import_max_bytes: int = Field(
        default=2048 * _MIB, description="导入文件最大字节数(传输时) / largest body of an import, as sent"
    )
    import_max_plain_bytes: int = Field(
        default=16 * 1024 * _MIB, description="导入文件解压后最大字节数 / largest body after decompression"
    )
    import_max_ratio: int = Field(
        default=200, description="最大压缩比,解出 16 MiB 后判断 / largest plain/compressed ratio, judged after 16 MiB"
    )
    import_processes: int = Field(
        default=2, ge=1, description="解析大文件的进程数 / processes that parse a large import"
    )
    import_idle_s: float = Field(
        default=60.0, description="上传中最长静默秒数 / longest silence of a client within its upload"
    )
    import_lease_s: float = Field(
        default=20.0,
        ge=1,
        description="worker 静默多少秒后由另一个接手导入 / silence of a worker until another takes its import",
    )
    matches_per_day: int = Field(
        default=500,
        ge=1,
        description="一个客户端每日导入和登记可命中的已登记人数"
        " / registered persons that a client's imports and registrations may meet in a day",
    )
    unmask_per_minute: int = Field(
        default=30, description="一人(或一个客户端)每分钟查看完整身份的次数 / unmaskings somebody may make in a minute"
    )
    unmask_per_day: int = Field(
        default=200,
        ge=1,
        description="一人(或一个客户端)每日查看未脱敏信息的次数,按北京时间"
        " / looks at unmasked data that somebody may take in a day of China",
    )

    unmask_bulk_most: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description="一次批量查看申请的人数上限 / persons that one request for many may be about",
    )
    unmask_bulk_per_day: int = Field(
        default=1000,
        ge=1,
        description="一人每日批量查看的人数上限,按北京时间,每读一次计一次"
        " / persons that somebody may be shown by requests for many in a day of China, each reading counted",
    )
    unmask_bulk_hours: float = Field(
        default=72.0,
        gt=0,
        le=24 * 30,
        description="批量查看申请等待复核、复核后可读取的小时数"
        " / hours that a request for many waits for a second person, and that it may be read afterwards",
    )
    reconciliation_days: int = Field(
        default=90,
        ge=1,
        description="对账差异中的敏感值保存天数"
        " / days for which the sealed values of a reconciliation's differences are kept",
    )

    attachment_max_bytes: int = Field(
        default=10 * _MIB, ge=1024, description="一个附件(照片、扫描件)的最大字节数 / largest photo or scan"
    )
    attachments_per_household: int = Field(
        default=200, ge=1, description="一户的附件数上限 / photos and scans that a household may have"
    )

    @property
    def look_quota(self) -> Quota:
        """How often one person, or one machine, may look at unmasked data."""
        return Quota(self.unmask_per_minute, self.unmask_per_day)

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
