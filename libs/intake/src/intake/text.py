"""Text in any accepted character set, cut into chunks of whole lines in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from intake.refusals import CHARSET, LINE_TOO_LONG, RefusedError

CHUNK_BYTES = 4 << 20
MAX_LINE_BYTES = 1 << 20
_CHECKED_BYTES = 1 << 16
# A quoted cell may hold line breaks, but an unclosed quote must not swallow the file.
MAX_RECORD_LINES = 20

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Chunk(NamedTuple):
    """Whole lines in UTF-8; `first_line` is the number of the first in the file, from 1."""

    first_line: int
    data: bytes


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

    def feed(self, piece: bytes) -> Iterator[Chunk]:
        """Give the chunks that `piece` completes.

        Raises:
            RefusedError: CHARSET; LINE_TOO_LONG if a line does not end within about a MiB.
        """
        if self._head is not None:
            self._head += piece
            if len(self._head) < len(codecs.BOM_UTF8):
                return
            piece = self._begin()
        if self._decoder is not None:
            piece = self._transcode(piece)
        yield from self._take(piece)

    def finish(self) -> Iterator[Chunk]:
        """Give what is left.

        Raises:
            RefusedError: as `feed`.
        """
        if self._head is not None:
            piece = self._begin()
            yield from self._take(self._transcode(piece) if self._decoder else piece)
        if self._decoder is not None:
            yield from self._take(self._transcode(b"", is_last=True))
        rest = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if rest:
            yield self._chunk(rest)

    def _begin(self) -> bytes:
        """Look at the first bytes; give them without a mark."""
        head, self._head = self._head or b"", None
        if self._charset == "utf-16" or (head.startswith(_UTF16) and not self._is_declared):
            if not head.startswith(_UTF16):
                raise RefusedError(CHARSET, "UTF-16 needs a byte order mark", charset="utf-16", line=1)
            self._charset, self._decoder = "utf-8", codecs.getincrementaldecoder("utf-16")()
            return head
        if head.startswith(codecs.BOM_UTF8):
            if self._charset != "utf-8":
                detail = f"the file is UTF-8, not {self._charset} as declared"
                raise RefusedError(CHARSET, detail, charset=self._charset, line=1)
            return head[len(codecs.BOM_UTF8) :]
        return head

    def _transcode(self, piece: bytes, *, is_last: bool = False) -> bytes:
        assert self._decoder is not None  # noqa: S101 - for the type checker
        try:
            return self._decoder.decode(piece, is_last).encode()
        except UnicodeError as error:
            raise RefusedError(CHARSET, "the file is not valid UTF-16", charset="utf-16") from error

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
            detail = "the file is UTF-16, UTF-32 or not text at all"
            raise RefusedError(CHARSET, detail, charset=self._charset, line=1)
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
