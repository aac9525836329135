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
UNREADABLE = Reason("unreadable", 422, "文件无法读取", "请按 seen 的说明修正文件后重新上传。")
CHARSET = Reason("charset", 422, "字符编码不正确",
                 "请核对文件编码;GBK 文件请声明 text/csv; charset=gb18030,否则请另存为 UTF-8。")  # fmt: skip
COLUMN_MISSING = Reason(
    "column_missing",
    422,
    "缺少必填列",
    "请按模板补齐 columns 中列出的列(中文列名或代码均可),列标题须在文件开头;seen 说明读到的内容。",
)
COLUMN_DUPLICATE = Reason(
    "column_duplicate",
    422,
    "列名重复",
    "请删除重复的列(headings 列出含义相同的列标题);中文列名与字段代码不要同时出现。",
)
EMPTY = Reason("empty", 422, "文件没有数据行", "请检查文件是否选对、是否只有表头。")
LINE_TOO_LONG = Reason("line_too_long", 422, "单行过长", "请检查换行符;每行一条记录。")
WORKBOOK = Reason("workbook", 422, "Excel 文件无法读取",
                  "请确认是未加密的 .xlsx 或 .xls 文件(seen 说明读到的内容);数据量大时请改用 CSV。")  # fmt: skip

OF_HEADERS = (CONTENT_TYPE, CONTENT_ENCODING, DIGEST_MALFORMED)
OF_BYTES = (TOO_LARGE, TRUNCATED, STALLED, DIGEST_MISMATCH)
OF_CONTENT = (
    BOMB, UNREADABLE, CHARSET, COLUMN_MISSING, COLUMN_DUPLICATE, EMPTY, LINE_TOO_LONG, WORKBOOK
)  # fmt: skip

# What a file is instead of what it was said to be, in Chinese; the English is in `detail`.
SEEN = {
    "a ZIP archive or XLSX workbook": "文件是 XLSX 工作簿或压缩包,请按 Excel 的 Content-Type 上传,或另存为 CSV",
    "an XLS workbook": "文件是 XLS 工作簿,请按 Excel 的 Content-Type 上传,或另存为 CSV",
    "a PDF": "文件是 PDF,请导出为 Excel 或 CSV",
    "compressed with gzip; say so in Content-Encoding": "文件用 gzip 压缩过,请声明 Content-Encoding: gzip",
    "compressed with zstd; say so in Content-Encoding": "文件用 zstd 压缩过,请声明 Content-Encoding: zstd",
    "a RAR archive": "文件是 RAR 压缩包,请解压后上传",
    "a 7z archive": "文件是 7z 压缩包,请解压后上传",
    "a web page or XML that was named like a workbook; save it as .xlsx": (
        "文件其实是网页或 XML(只是改了扩展名),请在表格软件中另存为 .xlsx"
    ),
    "text; send it as text/csv": "文件是文本,请按 text/csv 上传",
    "encrypted or damaged": "文件可能加了密码或已损坏,请去掉密码或重新导出",
    "encrypted with a password": "文件加了打开密码,请去掉密码后另存",
    "damaged, cut off, or too large to be read within the limits": (
        "文件已损坏、没有传完,或行列范围过大,超出读取限制;请重新导出(先删除表格之外的空行空列),或改用 CSV"
    ),
    "an archive that inflates beyond the limits": (
        "工作簿解压后过大或压缩比异常;请删除多余的行列和图片后另存,或改用 CSV"
    ),
    "a ZIP archive that holds other files; send each file by itself": "文件是压缩包,请解压后逐个上传其中的表格",
    "an OpenDocument file; save it as .xlsx": "文件是 OpenDocument(.ods)格式,请另存为 .xlsx",
    "a binary workbook (.xlsb); save it as .xlsx": "文件是 .xlsb 二进制工作簿,请另存为 .xlsx",
    "a text document or a presentation, no workbook": "文件是文档或演示文稿,不是表格",
    "a workbook whose dates count from 1904": (
        "工作簿用的是1904日期系统,未设日期格式的日期会差四年;请在“选项—高级”中取消“使用1904日期系统”,核对日期后另存"
    ),
    "a workbook with two rows or sheets of one number": "工作簿内部有重复的行号,无法确定以哪一行为准;请重新导出",
    "a JSON array; write one object a line": "文件是一个 JSON 数组;请每行写一个对象,不要方括号和行末逗号",
    "an object over several lines; write one object a line": "一个 JSON 对象写成了多行;请每行写一个完整的对象",
    "UTF-16 or UTF-32 without its mark, or no text: it holds NUL characters": (
        "文件含有空字符(NUL):可能是没有标记的 UTF-16/UTF-32、二进制文件,或已损坏;请另存为 UTF-8 的 CSV"
    ),
}
REASONS = {reason.key: reason for reason in (*OF_HEADERS, *OF_BYTES, *OF_CONTENT)}


def no_such(reason: Reason, what: str, expected: str) -> RefusedError:
    """Refuse a file that is something else than it was said to be; `what` is one of `SEEN`."""
    return RefusedError(reason, f"the file is no {expected}: it is {what}", seen=SEEN[what])


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
