"""What a sender says about the bytes: their format, character set and compression."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from typing import Literal

from intake.refusals import CONTENT_ENCODING, CONTENT_TYPE, RefusedError

Format = Literal["ndjson", "csv", "workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
_FORMATS: dict[str, tuple[Format, str]] = {
    "application/x-ndjson": ("ndjson", "ndjson"),
    "application/ndjson": ("ndjson", "ndjson"),
    "application/jsonl": ("ndjson", "ndjson"),
    "text/csv": ("csv", "csv"),
    XLSX: ("workbook", "xlsx"),
    XLS: ("workbook", "xls"),
}
# GB 18030 contains GBK and GB 2312, so one decoder reads all three.
_CHARSETS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "gbk": "gb18030",
    "gb2312": "gb18030", "gb18030": "gb18030",
}  # fmt: skip
_CODINGS = {"": "identity", "identity": "identity", "gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}

_BINARY = {"schema": {"type": "string", "format": "binary"}}
OPENAPI_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": _BINARY, "text/csv": _BINARY, XLSX: _BINARY, XLS: _BINARY},
    }
}


@dataclass(frozen=True)
class Declared:
    """The declaration.

    Attributes:
        name: The format as receipts call it: ndjson, csv, xlsx or xls.
        charset: A Python codec, or None where nothing was said: then a byte order mark decides, else UTF-8.
        encoding: identity, gzip or zstd.
        skips_hidden: Whether the sender chose that hidden sheets of a workbook are not read (`; hidden=skip`).
    """

    format: Format
    name: str
    charset: str | None = None
    encoding: str = "identity"
    skips_hidden: bool = False

    @classmethod
    def of(cls, content_type: str | None, content_encoding: str | None) -> Declared:
        """Read the headers.

        Raises:
            RefusedError: CONTENT_TYPE, CONTENT_ENCODING
        """
        message = Message()
        message["content-type"] = content_type or ""
        known = _FORMATS.get(message.get_content_type()) if content_type else None
        if known is None:
            raise RefusedError(CONTENT_TYPE, "send NDJSON, CSV, XLSX or XLS", supported=sorted(_FORMATS))
        named = message.get_param("charset")
        charset = _CHARSETS.get(str(named).lower()) if named else None
        if named and (charset is None or (known[0] == "workbook" and charset != "utf-8")):
            detail = f"charset {str(named)[:20]!r} is not supported"
            raise RefusedError(CONTENT_TYPE, detail, supported=sorted(_CHARSETS))
        hidden = message.get_param("hidden")
        if hidden is not None and (known[0] != "workbook" or hidden not in ("skip", "read")):
            raise RefusedError(CONTENT_TYPE, "hidden is skip or read, and of a workbook", supported=sorted(_FORMATS))
        coding = _CODINGS.get((content_encoding or "").strip().lower())
        if coding is None:
            detail = f"Content-Encoding {(content_encoding or '')[:40]!r} is not supported"
            raise RefusedError(CONTENT_ENCODING, detail, supported=["gzip", "zstd"])
        return cls(*known, charset, coding, hidden == "skip")
