"""Settings of the sharing service, read from `SHARING_*` environment variables."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.settings import KeyId, OtherKeys, ServiceSettings, service_config


class SharingSettings(ServiceSettings):
    """Everything an operator may set.

    Attributes:
        token_key: `aes-cmac:` and base64 of the 32 bytes that ID numbers and names are turned into tokens with. The
            registry holds the same key; nobody else does.
        reject_key: Base64 of the 32 bytes that rejected rows are encrypted with.
        token_key_id, reject_key_id: Ids of these keys; only a rotation changes them.
        other_token_keys, other_reject_keys: Further keys by id, while a rotation is under way.
        lake_url: Where Parquet parts live: a folder, or any fsspec URL such as `s3://bucket/lake`.
            Default: `<data_dir>/lake`.
        part_max_bytes: Largest part as sent, in bytes.
        part_max_inflated_bytes: Largest part after decompression, in bytes.
        part_max_ratio: Largest ratio of decompressed to sent bytes once 16 MiB came out.
        workbook_max_bytes: Largest XLSX file, in bytes.
        workbook_max_inflated_bytes: Largest sum of the sizes that an XLSX file's entries declare, in bytes.
        workbook_memory_bytes: Address space that the process reading a workbook may use, in bytes.
        comparison_memory_bytes: Memory that one comparison may use before it spills to disk.
        comparison_threads: Threads that one comparison may use.
        comparison_lease_s: Seconds without a sign of life after which another worker takes a comparison over.
        abandoned_after_h: Hours after which an open delivery without activity is given up and its files deleted.
    """

    model_config = service_config("SHARING_")

    KEYS: ClassVar[tuple[str, ...]] = ("token_key", "reject_key")

    token_key: SecretStr
    token_key_id: KeyId = "k1"  # noqa: S105 - an id, not a key
    other_token_keys: OtherKeys = {}
    reject_key: SecretStr
    reject_key_id: KeyId = "r1"
    other_reject_keys: OtherKeys = {}
    lake_url: str = ""
    part_max_bytes: int = Field(default=1 << 30, ge=1)
    part_max_inflated_bytes: int = Field(default=8 << 30, ge=1)
    part_max_ratio: int = Field(default=100, ge=2)
    workbook_max_bytes: int = Field(default=64 << 20, ge=1)
    workbook_max_inflated_bytes: int = Field(default=512 << 20, ge=1)
    workbook_memory_bytes: int = Field(default=1 << 30, ge=1)
    comparison_memory_bytes: int = Field(default=1 << 30, ge=256 << 20)
    comparison_threads: int = Field(default=2, ge=1)
    comparison_lease_s: float = Field(default=60.0, ge=4)
    abandoned_after_h: int = Field(default=72, ge=1)

    @property
    def lake(self) -> str:
        """The lake's URL: `lake_url`, or the `lake` folder of the data directory."""
        return self.lake_url or str(self.data_dir.absolute() / "lake")
