"""Cutting a department's file into parts that can be sent, repeated and resumed one by one.

Text files are cut at line borders; each CSV part repeats the header, so that every part can be read on its own.
The same file cut with the same settings gives the same bytes: that is what makes resuming possible. Memory
stays at a few parts, whatever the file's size.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, cast

import zstandard

from bangfu.sdk.problems import UnreadableFile

Compression = Literal["gzip", "zstd", "none"]

NDJSON = "application/x-ndjson"
CSV = "text/csv"
WORKBOOKS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
}

PART_BYTES = 16 * 1024 * 1024
_LOOKED_AT = 8192
_LONGEST_RECORD = 1024 * 1024  # a stray quote must not make one record of the rest of the file


@dataclass(frozen=True)
class FilePart:
    """One part, ready to be sent.

    Attributes:
        number: Place in the delivery, from 1.
        path: File that it was cut from.
        first_line: Line of the file that the part's first data line has, from 1.
        header_lines: Lines repeated at the top of the part that are not at that place in the file.
        media_type: Value of `Content-Type`.
        encoding: Value of `Content-Encoding`; None when sent plain.
        body: Bytes to send.
        raw_bytes: Size before compression.
        source_bytes: Bytes of the file on disk consumed up to the end of this part (for progress).
    """

    number: int
    path: Path
    first_line: int
    header_lines: int
    media_type: str
    encoding: str | None
    body: bytes = field(repr=False)
    raw_bytes: int
    source_bytes: int

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes sent, 64 hex digits."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the upload, with the digest of the bytes sent (RFC 9530)."""
        digest = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
        headers = {"Content-Type": self.media_type, "Content-Digest": f"sha-256=:{digest}:"}
        if self.encoding:
            headers["Content-Encoding"] = self.encoding
        return headers

    def file_line(self, part_line: int) -> int:
        """Line of the file that a line of this part came from, both from 1."""
        return part_line - self.header_lines + self.first_line - 1


def kind_of(path: Path) -> tuple[str, str | None]:
    """Tell a file's kind (`ndjson`, `csv`, `xlsx` or `xls`) and its compression (`gz`, `zst` or None) from its name.

    Raises:
        UnreadableFile: if the name says neither.
    """
    names = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    packed = names.pop() if names and names[-1] in ("gz", "zst") else None
    kind = names[-1] if names else ""
    kind = {"jsonl": "ndjson"}.get(kind, kind)
    if kind not in ("ndjson", "csv", *WORKBOOKS):
        raise UnreadableFile(f"{path.name}: use .ndjson, .csv, .xlsx or .xls, optionally with .gz or .zst")
    return kind, packed


def cut(
    paths: list[Path],
    *,
    part_bytes: int = PART_BYTES,
    compression: Compression = "zstd",
    charset: str | None = None,
    skip_hidden: bool = False,
) -> Iterator[FilePart]:
    """Yield the parts of one delivery, numbered through all files.

    A text whose first row is not its heading alone (a title above, several rows, UTF-16) is one part: only its reader
    knows what every part would have to repeat.

    Args:
        part_bytes: Size of a part before compression, in bytes; a record is never cut.
        compression: How text parts are sent; workbooks are sent as they are.
        charset: Charset of CSV files; None finds out (UTF-8, UTF-16, else GB 18030, which includes GBK).
        skip_hidden: Whether hidden sheets of workbooks are not read; the receipt names them.

    Raises:
        UnreadableFile: if a file's kind is unknown or its compression broken.
    """
    number = 0
    for path in paths:
        kind, packed = kind_of(path)
        if kind in WORKBOOKS:
            number += 1
            yield _workbook(path, workbook_type(kind, skip_hidden=skip_hidden), packed, number)
            continue
        for piece in _pieces(path, packed, part_bytes, has_header=kind == "csv"):
            number += 1
            if kind == "csv":
                named = charset or charset_of(piece.header or piece.raw[:65536], piece.raw)
                media_type = f"{CSV}; charset={named}"
            else:
                media_type = NDJSON
            body, encoding = _compress(piece.header + piece.raw, compression)
            yield FilePart(
                number=number,
                path=path,
                first_line=piece.first_line,
                header_lines=piece.header.count(b"\n"),
                media_type=media_type,
                encoding=encoding,
                body=body,
                raw_bytes=len(piece.header) + len(piece.raw),
                source_bytes=piece.source_bytes,
            )


@dataclass(frozen=True)
class _Piece:
    header: bytes
    raw: bytes
    first_line: int
    source_bytes: int


def workbook_type(kind: str, *, skip_hidden: bool) -> str:
    """Give the media type of a workbook, with what is to become of hidden sheets."""
    return WORKBOOKS[kind] + ("; hidden=skip" if skip_hidden else "")


def _workbook(path: Path, media_type: str, packed: str | None, number: int) -> FilePart:
    with path.open("rb") as file:
        body = _unpacked(file, packed, path).read()
    return FilePart(number, path, 1, 0, media_type, None, body, len(body), path.stat().st_size)


def _pieces(path: Path, packed: str | None, part_bytes: int, *, has_header: bool) -> Iterator[_Piece]:
    try:
        with path.open("rb") as file:
            stream = _peekable(_unpacked(file, packed, path))
            if has_header and not _may_be_cut(stream.peek(_LOOKED_AT)[:_LOOKED_AT]):
                yield _Piece(b"", stream.read(), 1, file.tell())
                return
            yield from _split(file, stream, part_bytes, has_header=has_header)
    except (gzip.BadGzipFile, EOFError, zstandard.ZstdError) as error:
        raise UnreadableFile(f"{path.name}: {error}") from error


def _peekable(stream: IO[bytes]) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream), 1 << 20)


def _may_be_cut(head: bytes) -> bool:
    """Tell whether the first row of a text is all that every part of it has to repeat: each cell of it has a title."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head:
        return False
    lines = head.removeprefix(codecs.BOM_UTF8).split(b"\n")
    if len(lines) < 2:
        return len(head) < _LOOKED_AT
    if lines[0].count(b'"') % 2:
        return True  # a title with a line break in it
    marks = max((b",", b"\t", b";", b"|"), key=lines[0].count)
    titles = lines[0].rstrip(b"\r").split(marks)
    return len(titles) > 1 and all(title.strip(b' "') for title in titles)


def _split(file: IO[bytes], stream: IO[bytes], part_bytes: int, *, has_header: bool) -> Iterator[_Piece]:
    header = b""
    next_line = 1
    if has_header:
        header = stream.readline(_LONGEST_RECORD)
        while header.count(b'"') % 2 and len(header) < _LONGEST_RECORD:  # a column name with a line end in it
            line = stream.readline(_LONGEST_RECORD)
            if not line:
                break
            header += line
        if header and not header.endswith(b"\n"):
            header += b"\n"
        next_line = 1 + header.count(b"\n")
    rest = b""
    is_first = True
    while True:
        wanted = max(part_bytes - len(rest), 65536)
        block = stream.read(wanted)
        raw, rest = rest + block, b""
        if len(block) == wanted:  # more may follow: cut at a line end
            at = _border(raw, quotes=has_header)
            raw, rest = raw[:at], raw[at:]
            if not raw:
                continue
        if raw.strip() or is_first:  # an empty file still is a part: the receipt then says 0 rows
            yield _Piece(header, raw, next_line, file.tell())
            is_first = False
        if len(block) < wanted:
            return
        next_line += raw.count(b"\n")


def _border(raw: bytes, *, quotes: bool) -> int:
    """Offset after the last line end that is not inside a quoted cell; 0 when there is none yet.

    Byte values of a quote and a line end never occur inside a UTF-8 or GB 18030 character.
    """
    at = raw.rfind(b"\n") + 1
    if not quotes or at == 0 or raw.count(b'"', 0, at) % 2 == 0:
        return at
    low = max(0, at - _LONGEST_RECORD)
    inside = at
    while inside > low:
        cut_at = raw.rfind(b'"', 0, inside)
        if cut_at < 0:
            break
        border = raw.rfind(b"\n", 0, cut_at) + 1
        if border <= low:
            break
        if raw.count(b'"', 0, border) % 2 == 0:
            return border
        inside = border
    return at  # broken quoting: cut at a line end and let the server reject the row


def _unpacked(file: IO[bytes], packed: str | None, path: Path) -> IO[bytes]:
    if packed == "gz":
        return cast(IO[bytes], gzip.open(file, "rb"))
    if packed == "zst":
        try:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        except zstandard.ZstdError as error:
            raise UnreadableFile(f"{path.name}: {error}") from error
        return io.BufferedReader(reader, 1 << 20)
    return file


def charset_of(head: bytes, raw: bytes = b"") -> str:
    """Tell UTF-8 from GB 18030 by the header, or by the rows when the header is plain ASCII; UTF-16 by its mark."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head if any(byte > 127 for byte in head) else raw
    try:
        sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(sample) - 4:
            return "utf-8"
        return "gb18030"
    return "utf-8"


def _compress(raw: bytes, compression: Compression) -> tuple[bytes, str | None]:
    if compression == "gzip":
        return gzip.compress(raw, compresslevel=5, mtime=0), "gzip"
    if compression == "zstd":
        return zstandard.ZstdCompressor(level=3).compress(raw), "zstd"
    return raw, None
