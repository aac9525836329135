"""Settings of a service that reads files."""

from __future__ import annotations

from pydantic import Field

from servicekit.settings import ServiceSettings

_MIB = 1 << 20


class FileSettings(ServiceSettings):
    """How large a workbook may be, and what its reader may use."""

    workbook_max_bytes: int = Field(
        default=64 * _MIB, ge=1, description="工作簿最大字节数 / largest workbook, as a file"
    )
    workbook_max_inflated_bytes: int = Field(
        default=512 * _MIB, ge=1, description="工作簿解压后最大字节数 / largest workbook, unzipped"
    )
    workbook_memory_bytes: int = Field(
        default=1024 * _MIB, ge=1, description="读取上传文件的进程可用内存 / address space of the reader of an upload"
    )
