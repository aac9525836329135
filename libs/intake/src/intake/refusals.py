"""Why a file as a whole cannot be used; what is wrong with a row is a fault of that row (`intake.lines`)."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reason(NamedTuple):
    """One reason. A service's problem has the code `<its prefix>.<key>` (`intake.receiving.problems_of`)."""

    key: str
    status: int
    title: str
    advice: str


CONTENT_TYPE = Reason("content_type", 415, "不支持的文件格式",
                      "请使用 application/x-ndjson、text/csv、XLSX 或 XLS 的 Content-Type。")  # fmt: skip
CONTENT_ENCODING = Reason("content_encoding", 415, "不支持的压缩方式",
                          "请使用 Content-Encoding: gzip 或 zstd,或不压缩。")  # fmt: skip
TOO_LARGE = Reason("too_large", 413, "文件过大", "请把文件拆成较小的文件再上传。")
BOMB = Reason("bomb", 413, "压缩比异常,疑似压缩炸弹", "请用普通压缩级别重新压缩,或不压缩直接上传。")
TRUNCATED = Reason("truncated", 400, "数据损坏或不完整", "请重新生成文件并完整上传。")
STALLED = Reason("stalled", 422, "上传中断或过慢", "请检查网络后重新上传;本次没有写入任何数据。")
DIGEST_MISMATCH = Reason("digest_mismatch", 400, "内容摘要不一致", "传输中有改动或丢失;请重新上传。")
DIGEST_MALFORMED = Reason("digest_malformed", 400, "Content-Digest 格式不正确",
                          "请使用 Content-Digest: sha-256=:<Base64>: 的写法,或不带该请求头。")  # fmt: skip
UNREADABLE = Reason("unreadable", 422, "文件无法读取", "请按说明修正文件后重新上传。")
CHARSET = Reason("charset", 422, "字符编码不正确",
                 "请核对文件编码;GBK 文件请声明 text/csv; charset=gb18030,否则请另存为 UTF-8。")  # fmt: skip
COLUMN_MISSING = Reason("column_missing", 422, "缺少必填列", "请按模板补齐 columns 中列出的列(中文列名或代码均可)。")
COLUMN_DUPLICATE = Reason("column_duplicate", 422, "列名重复", "请删除重复的列;中文列名与字段代码不要同时出现。")
EMPTY = Reason("empty", 422, "文件没有数据行", "请检查文件是否选对、是否只有表头。")
LINE_TOO_LONG = Reason("line_too_long", 422, "单行过长", "请检查换行符;每行一条记录。")
WORKBOOK = Reason("workbook", 422, "Excel 文件无法读取",
                  "请确认是未加密的 .xlsx 或 .xls 文件且只有一张数据表;数据量大时请改用 CSV。")  # fmt: skip

OF_HEADERS = (CONTENT_TYPE, CONTENT_ENCODING, DIGEST_MALFORMED)
OF_BYTES = (TOO_LARGE, TRUNCATED, STALLED, DIGEST_MISMATCH)
OF_CONTENT = (
    BOMB, UNREADABLE, CHARSET, COLUMN_MISSING, COLUMN_DUPLICATE, EMPTY, LINE_TOO_LONG, WORKBOOK
)  # fmt: skip
REASONS = {reason.key: reason for reason in (*OF_HEADERS, *OF_BYTES, *OF_CONTENT)}


class RefusedError(Exception):
    """A file that cannot be used as a whole; nothing of it is kept.

    Attributes:
        detail: What happened, in English, without any value of the file.
        extensions: Further members of the problem document, such as `line` or `columns`.
    """

    def __init__(self, reason: Reason, detail: str, **extensions: Any) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.extensions = extensions
