"""Text in any accepted character set, cut into chunks of whole lines in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from intake.notes import Note
from intake.refusals import CHARSET, LINE_TOO_LONG, SEEN, UNREADABLE, RefusedError, no_such

CHUNK_BYTES = 4 << 20
MAX_LINE_BYTES = 1 << 20
_CHECKED_BYTES = 1 << 16
# A quoted cell may hold line breaks, but an unclosed quote must not swallow the file.
MAX_RECORD_LINES = 20

_NULS = "UTF-16 or UTF-32 without its mark, or no text: it holds NUL characters"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 1 << 16  # bytes that tell the character set where nothing else does
_END_OF_FILE = b"\x1a"  # as DOS ended a text
# What a file is whose first bytes are these, instead of text.
_NO_TEXT = {
    b"PK\x03\x04": "a ZIP archive or XLSX workbook", b"\xd0\xcf\x11\xe0": "an XLS workbook", b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed with gzip; say so in Content-Encoding", b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive", b"(\xb5/\xfd": "compressed with zstd; say so in Content-Encoding",
}  # fmt: skip


class Chunk(NamedTuple):
    """Whole lines in UTF-8.

    Attributes:
        first_line: The number of the first in the file, from 1; the sheets of a workbook follow one another.
        sheet: Of a workbook, empty elsewhere.
        sheet_line: The number of the sheet's first row in the file: what its own rows are counted from.
    """

    first_line: int
    data: bytes
    sheet: str = ""
    sheet_line: int = 1

    def place_of(self, line: int) -> str:
        """Say where a line of the file is as its sender finds it: by the row of the sheet."""
        return f"{self.sheet} 第{line - self.sheet_line + 1}行".strip()


class Text:
    """Collects pieces and gives chunks, about `chunk_bytes` each.

    A newline byte is never part of another character in UTF-8 or GB 18030, so these are cut before decoding.
    """

    def __init__(
        self, charset: str | None = None, *, joins_lines: bool = False, chunk_bytes: int = CHUNK_BYTES
    ) -> None:
        """Read `charset`, or what a byte order mark says, or UTF-8.

        Args:
            joins_lines: Whether a quoted cell may go on in the next line: then no chunk ends within one.
        """
        self._charset = charset or "utf-8"
        self._is_declared = charset is not None
        self._joins_lines = joins_lines
        self._chunk_bytes = chunk_bytes
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head: bytes | None = b""
        self._pieces: list[bytes] = []
        self._size = 0
        self._open_line_bytes = 0
        self._next_line = 1
        self._held = b""  # the last byte that came, where what follows tells what it is: a return, or the end of a file
        self.notes: list[Note] = []

    def feed(self, piece: bytes) -> Iterator[Chunk]:
        """Give the chunks that `piece` completes.

        Raises:
            RefusedError: CHARSET; UNREADABLE if it is no text; LINE_TOO_LONG if a line does not end within a MiB.
        """
        if self._head is not None:
            self._head += piece
            if len(self._head) < _LOOKED_AT:
                return
            piece = self._begin()
        yield from self._take(self._transcode(piece))

    def finish(self) -> Iterator[Chunk]:
        """Give what is left.

        Raises:
            RefusedError: as `feed`.
        """
        if self._head is not None:
            yield from self._take(self._transcode(self._begin()))
        yield from self._take(self._transcode(b"", is_last=True))
        yield from self.flush()

    def lines(self, lines: bytes) -> Iterator[Chunk]:
        """Take whole lines that are text already, at which nothing has to be looked for.

        Raises:
            RefusedError: LINE_TOO_LONG
        """
        self._head = None
        yield from self._take(lines)

    @property
    def next_line(self) -> int:
        """The number of the line that comes next, once what came was flushed."""
        return self._next_line

    def flush(self) -> Iterator[Chunk]:
        """Give what is left of the lines so far."""
        rest = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if rest:
            yield self._chunk(rest)

    def _begin(self) -> bytes:
        """Look at the first bytes; give them without a mark."""
        head, self._head = self._head or b"", None
        for magic, what in _NO_TEXT.items():
            if head.startswith(magic):
                raise no_such(UNREADABLE, what, "text")
        utf16 = _utf16_of(head)
        if utf16 and (not self._is_declared or self._charset == "utf-16"):
            self._charset, self._decoder = "utf-8", codecs.getincrementaldecoder(utf16)()
        elif self._charset == "utf-16":
            raise RefusedError(CHARSET, "the file is not UTF-16", charset="utf-16", line=1)
        elif head.startswith(codecs.BOM_UTF8):
            if self._charset != "utf-8":
                detail = f"the file is UTF-8, not {self._charset} as declared"
                raise RefusedError(CHARSET, detail, charset=self._charset, line=1)
            head = head[len(codecs.BOM_UTF8) :]
        elif not self._is_declared and _looks_like_gb18030(head):
            self._charset = "gb18030"
            self.notes.append(Note("charset.assumed", "GB18030"))
        return head

    def _transcode(self, piece: bytes, *, is_last: bool = False) -> bytes:
        """Give the bytes as lines of text that end in a newline, however they ended, in UTF-8 or GB 18030."""
        if self._decoder is not None:
            try:
                piece = self._decoder.decode(piece, is_last).encode()
            except UnicodeError as error:
                raise RefusedError(CHARSET, "the file is not valid UTF-16", charset="utf-16") from error
        piece = self._held + piece
        self._held = piece[-1:] if piece.endswith((b"\r", _END_OF_FILE)) else b""
        if self._held:
            piece = piece[:-1] + (b"\n" if is_last and self._held == b"\r" else b"")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece

    def _take(self, piece: bytes) -> Iterator[Chunk]:
        end = piece.rfind(b"\n") + 1
        self._open_line_bytes = len(piece) - end + (0 if end else self._open_line_bytes)
        self._pieces.append(piece)
        self._size += len(piece)
        while self._size >= self._chunk_bytes:
            # Usually the last piece is cut, before they are joined: a chunk is then copied once.
            last = self._pieces.pop()
            cut = last.rfind(b"\n", 0, max(0, self._chunk_bytes - self._size + len(last))) + 1
            data = b"".join([*self._pieces, last[:cut] if cut else last])
            rest = last[cut:] if cut else b""
            end = len(data) if cut else data.rfind(b"\n", 0, self._chunk_bytes) + 1
            end = end or data.find(b"\n", self._chunk_bytes) + 1
            if not end:
                self._pieces = [data]
                break
            if self._joins_lines:
                end = _before_open_record(data, end)
            rest = data[end:] + rest
            self._pieces, self._size = [rest], len(rest)
            yield self._chunk(data[:end])
        if self._open_line_bytes > MAX_LINE_BYTES:
            raise RefusedError(LINE_TOO_LONG, f"a line is longer than {MAX_LINE_BYTES} bytes")

    def _chunk(self, data: bytes) -> Chunk:
        first_line = self._next_line
        if first_line == 1 and (data.startswith(_UTF16) or b"\0" in data[:4096]):
            detail = f"the file is {_NULS}"
            raise RefusedError(CHARSET, detail, charset=self._charset, line=1, seen=SEEN[_NULS])
        start = 0
        try:
            if self._charset != "utf-8":
                told = data.decode(self._charset).encode()
            else:  # checked in pieces that stay in the processor's cache: a string of it all would cost four times that
                told = data
                while start < len(data):
                    piece = data[start : start + _CHECKED_BYTES]
                    start += codecs.utf_8_decode(piece, "strict", len(piece) < _CHECKED_BYTES)[1]
        except UnicodeDecodeError as error:
            line = first_line + data.count(b"\n", 0, start + error.start)
            detail = f"line {line} is not valid {self._charset}"
            raise RefusedError(CHARSET, detail, charset=self._charset, line=line) from None
        self._next_line += data.count(b"\n")
        return Chunk(first_line, told)


def require_lines_of_objects(data: bytes) -> None:
    """Refuse JSON that is an array, or objects over several lines, by its first lines; a broken line costs itself only.

    Raises:
        RefusedError: UNREADABLE
    """
    lines = [line.strip() for line in data[:_LOOKED_AT].split(b"\n")]
    lines = [line for line in lines if line]
    if lines[0] == b"[" or lines[0].replace(b" ", b"").startswith(b"[{"):
        raise no_such(UNREADABLE, "a JSON array; write one object a line", "NDJSON")
    is_any_whole = any(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    if lines[0].startswith(b"{") and b"}" not in lines[0] and len(lines) > 1 and not is_any_whole:
        raise no_such(UNREADABLE, "an object over several lines; write one object a line", "NDJSON")


def _utf16_of(head: bytes) -> str | None:
    """Give the codec of UTF-16 that begins with its mark, or that has the zeros of ASCII characters without one."""
    if head.startswith(_UTF16) and not head.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    size = len(head) // 2
    for codec, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros = head[place::2].count(0)
        if zeros > head[1 - place :: 2].count(0) and zeros * 10 > size:
            return codec
    return None


def _looks_like_gb18030(head: bytes) -> bool:
    """Tell whether text that is not UTF-8 is GB 18030, rather than UTF-8 with a fault in it."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    if "\ufffd" not in text or b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("gb18030")().decode(head)
    except UnicodeDecodeError:
        return False
    return text.count("\ufffd") > sum(1 for character in text if character >= "\u0800" and character != "\ufffd")


def _before_open_record(data: bytes, end: int) -> int:
    """Give the place before the last line that opens a quote and does not close it, or `end` if there is none near."""
    if data.count(b'"', 0, end) % 2 == 0:
        return end
    stop = end
    for _ in range(MAX_RECORD_LINES):
        start = data.rfind(b"\n", 0, stop - 1) + 1
        if data.count(b'"', start, stop) % 2:
            return start or end
        stop = start
        if not stop:
            break
    return end
