"""Errors of a whole import. A single bad household is a reject row, not a problem."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound, PayloadTooLarge, UnsupportedMediaType


class UnsupportedFormat(UnsupportedMediaType):
    """415: neither NDJSON, CSV nor XLSX, or a compression other than gzip and zstd."""

    code = "registry.import.format"
    title = "不支持的文件格式"
    advice = (
        "Content-Type 请用 application/x-ndjson、text/csv(可带 charset=gbk)或 XLSX;Content-Encoding 只支持 gzip、zstd。"
    )


class BodyTooLarge(PayloadTooLarge):
    """413: the body, or what it unpacks to, is larger than allowed."""

    code = "registry.import.too_large"
    title = "导入文件过大"
    advice = "请按乡镇拆分后分批导入。"


class DecompressionBomb(PayloadTooLarge):
    """413: the body unpacks to implausibly more than was sent."""

    code = "registry.import.bomb"
    title = "压缩比异常,已拒绝"
    advice = "请核对压缩文件;正常的数据文件压缩比不会如此之高。"


class LineTooLong(PayloadTooLarge):
    """413: one line is longer than a household can be."""

    code = "registry.import.line_too_long"
    title = "单行过长"
    advice = "请检查文件是否按行分隔(NDJSON 一户一行,CSV 一人一行)。"


class BodyBroken(InvalidInput):
    """422: the compressed stream is damaged or ends too early."""

    code = "registry.import.broken"
    title = "文件损坏或不完整"
    advice = "请重新生成压缩文件并完整上传。"


class WrongEncoding(InvalidInput):
    """422: the bytes are not in the declared character set."""

    code = "registry.import.charset"
    title = "字符编码与声明不符"
    advice = "请在 Content-Type 中声明实际编码,例如 text/csv; charset=gbk。"


class WrongColumns(InvalidInput):
    """422: a required column is missing from the header."""

    code = "registry.import.columns"
    title = "缺少必需的列"
    advice = "请按模板补齐列名(中文标签或英文代码均可)。"


class WorkbookUnreadable(InvalidInput):
    """422: the file is not a workbook that can be read."""

    code = "registry.import.workbook"
    title = "无法读取工作簿"
    advice = "请另存为标准 XLSX(不加密、不含宏)后重新上传。"


class UploadStalled(InvalidInput):
    """422: the client stopped sending in the middle of its upload; nothing was kept."""

    code = "registry.import.stalled"
    title = "上传中断"
    advice = "请检查网络后重新上传;本次没有写入任何数据。"


class ImportNotFound(NotFound):
    """404: no such import of this client."""

    code = "registry.import.not_found"
    title = "未找到该次导入"
