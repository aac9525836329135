"""Cutting a stream of text into lines, and lines into CSV records, in bounded memory."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.imports.problems import LineTooLong, WrongEncoding

MAX_LINE_BYTES = 1024 * 1024
# A quoted cell may hold line breaks, but an unclosed quote must not swallow the file.
_MAX_RECORD_LINES = 20

_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "gbk": "gb18030",  # the superset that Windows writes under this name
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}


def codec_of(charset: str) -> str:
    """Give the codec of a declared character set.

    Raises:
        WrongEncoding: if it is not one of UTF-8, GBK, GB18030.
    """
    codec = _CHARSETS.get(charset.strip().strip('"').lower())
    if codec is None:
        raise WrongEncoding("charset must be utf-8, gbk or gb18030")
    return codec


@dataclass(frozen=True)
class Line:
    """A physical line with its number, from 1, without its line break."""

    number: int
    text: str


class LineReader:
    """Cuts bytes into decoded lines. Blank lines are counted and left out."""

    def __init__(self, charset: str, *, first_line: int = 1) -> None:
        """Decode `charset`; the body's first line is `first_line`."""
        self._codec = codec_of(charset)
        self._decoder = codecs.getincrementaldecoder(self._codec)(errors="strict")
        self._rest = ""
        self._number = first_line - 1
        self._is_first = first_line == 1  # a byte order mark stands nowhere else

    def feed(self, data: bytes, *, is_last: bool = False) -> list[Line]:
        """Give the lines that `data` completes.

        Raises:
            WrongEncoding: if the bytes are not in the declared character set; the line is named.
            LineTooLong: if a line is longer than a MiB.
        """
        try:
            text = self._decoder.decode(data, final=is_last)
        except UnicodeDecodeError as error:
            line = self._number + 1 + data[: error.start].count(b"\n")
            name = "utf-8" if self._codec == "utf-8" else "gbk"
            raise WrongEncoding(f"line {line} is not valid {name}", line=line) from error
        if self._is_first and text:
            text = text.removeprefix("\ufeff")
            self._is_first = False
        pieces = (self._rest + text).split("\n")
        self._rest = "" if is_last else pieces.pop()
        if len(self._rest) > MAX_LINE_BYTES:
            raise LineTooLong(f"line {self._number + len(pieces) + 1} is longer than {MAX_LINE_BYTES} characters")
        lines: list[Line] = []
        for piece in pieces:
            self._number += 1
            piece = piece.removesuffix("\r")
            if piece and not piece.isspace():
                lines.append(Line(self._number, piece))
        return lines


@dataclass(frozen=True)
class Record:
    """A CSV record with the number of its first line; `cells` is None where its quoting is broken."""

    number: int
    cells: Sequence[str] | None
    raw: str = ""


class RecordReader:
    """Joins lines into CSV records (RFC 4180). A broken record costs its own line, not the file."""

    def __init__(self) -> None:
        self._open: list[Line] = []

    def feed(self, lines: Sequence[Line], *, is_last: bool = False) -> Iterator[Record]:
        """Give the records that `lines` complete."""
        pending = list(lines)
        index = 0
        while index < len(pending):
            line = pending[index]
            index += 1
            if not self._open and '"' not in line.text:
                yield Record(line.number, line.text.split(","))
                continue
            self._open.append(line)
            text = "\n".join(part.text for part in self._open)
            if text.count('"') % 2 == 0:
                yield Record(self._open[0].number, _parse(text), text)
                self._open = []
            elif len(self._open) >= _MAX_RECORD_LINES:
                first, *again = self._open
                self._open = []
                yield Record(first.number, None, first.text)
                pending[index:index] = again  # the lines after the broken one stand for themselves
        while is_last and self._open:
            first, *again = self._open
            self._open = []
            yield Record(first.number, None, first.text)
            yield from self.feed(again, is_last=True)


def _parse(text: str) -> list[str] | None:
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
