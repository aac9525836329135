"""Settings of the sharing service, read from `SHARING_*` environment variables."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from intake.settings import FileSettings
from servicekit.settings import AsksAlerts, AsksRegistry, KeyId, OtherKeys, key_id, other_keys, service_config


class SharingSettings(FileSettings, AsksRegistry, AsksAlerts):
    """Everything an operator may set."""

    model_config = service_config("SHARING_")

    KEYS: ClassVar[tuple[str, ...]] = ("token_key", "reject_key")

    token_key: SecretStr = Field(
        description="比对令牌密钥 aes-cmac:<32 字节 base64>,与 registry 相同"
        " / aes-cmac:<base64 of 32 bytes>: matching tokens, the same as the registry's"
    )
    token_key_id: KeyId = key_id("token_key", "令牌密钥")
    other_token_keys: OtherKeys = other_keys("token_key", "令牌密钥")
    reject_key: SecretStr = Field(description="退回行的加密密钥,32 字节 base64 / base64 of 32 bytes: rejected rows")
    reject_key_id: KeyId = key_id("reject_key", "退回行密钥", "r1")
    other_reject_keys: OtherKeys = other_keys("reject_key", "退回行密钥")
    lake_url: str = Field(
        default="",
        description="Parquet 存放处:文件夹或 fsspec 地址,默认为数据目录下的 lake"
        " / where Parquet parts live: a folder or an fsspec URL; the data folder's lake by default",
    )
    part_max_bytes: int = Field(default=1 << 30, ge=1, description="一个分片最大字节数(传输时) / largest part as sent")
    part_max_inflated_bytes: int = Field(
        default=8 << 30, ge=1, description="一个分片解压后最大字节数 / largest part after decompression"
    )
    part_max_ratio: int = Field(
        default=100,
        ge=2,
        description="最大压缩比,解出 16 MiB 后判断 / largest plain/compressed ratio, judged after 16 MiB",
    )
    comparison_memory_bytes: int = Field(
        default=1 << 30,
        ge=256 << 20,
        description="一次比对可用内存,超过则落盘 / memory that one comparison may use before it spills to disk",
    )
    comparison_threads: int = Field(
        default=2, ge=1, description="一次比对可用线程数 / threads that one comparison may use"
    )
    comparison_lease_s: float = Field(
        default=60.0,
        ge=4,
        description="worker 静默多少秒后由另一个接手比对"
        " / seconds without a sign of life after which another worker takes a comparison over",
    )
    comparison_settle_s: float = Field(
        default=5.0,
        ge=0,
        le=86_400,
        description="自动比对前等待其他变化的秒数"
        " / seconds that a comparison waits for what else changes before it starts by itself",
    )
    abandoned_after_h: int = Field(
        default=72,
        ge=1,
        description="未提交的报送多少小时无动静后清除"
        " / hours after which an open delivery without activity is given up and its files deleted",
    )

    @property
    def lake(self) -> str:
        """The lake's URL: `lake_url`, or the `lake` folder of the data directory."""
        return self.lake_url or str(self.data_dir.absolute() / "lake")
