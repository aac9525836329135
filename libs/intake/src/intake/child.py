"""The child: bytes of an upload in, clean chunks of lines out, under limits on memory and processor time.

Forked by `intake.nursery`, it reads the file on its standard input as it was sent, undoes the compression, finds the
character set or reads the workbook, and writes frames to its standard output. Whatever hostile bytes do to it ends this
process and no other; it holds none of the service's secrets and ends with its parent.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
from collections.abc import Iterator
from typing import IO, Any

from intake.inflate import inflater_of
from intake.notes import Note
from intake.refusals import RefusedError
from intake.text import Chunk, Text, require_lines_of_objects
from intake.workbook import sheets_of
from servicekit.process import die_with_parent, limit_memory

HEADER = struct.Struct(">cQI")  # kind, first line, size of what follows
CHUNK, REFUSAL, END = b"C", b"R", b"E"
SHEET = b"S"  # the chunks that follow are of this sheet
NOTE = b"N"
UNFIT = b"U"  # the limits leave no room for any upload

BROKE_DOWN = 2  # the reading failed, or met a limit
MAX_CPU_S = 60  # of a workbook: cells are laid out and written at some million a second
_NICE = 10  # of 19: a tenth of the processor against a request, all of it where nobody asks
_PIECE_BYTES = 1 << 20


def chunks_of(source: IO[bytes], plan: dict[str, Any]) -> Iterator[Chunk | Note]:
    """Give the chunks of the upload that `source` holds, and what is to be known of it.

    Args:
        plan: The declaration and the limits by their attributes' names (`intake.declared`, `intake.parser`).

    Raises:
        RefusedError: as the modules that do the work.
    """
    inflater = inflater_of(plan["encoding"], max_bytes=plan["inflated_bytes"], max_ratio=plan["ratio"])

    def pieces() -> Iterator[bytes]:
        while block := source.read(_PIECE_BYTES):
            yield from inflater.feed(block)
        inflater.finish()

    if plan["format"] == "workbook":
        yield from _of_workbook(pieces(), plan)
        return
    text = Text(plan["charset"], joins_lines=plan["format"] == "csv", chunk_bytes=plan["chunk_bytes"])
    is_begun = plan["format"] == "csv"
    for chunk in _chunks_of(text, pieces()):
        if not is_begun and chunk.data.strip():
            is_begun = True
            require_lines_of_objects(chunk.data)
        yield chunk
    yield from text.notes


def _chunks_of(text: Text, pieces: Iterator[bytes]) -> Iterator[Chunk]:
    for piece in pieces:
        yield from text.feed(piece)
    yield from text.finish()


def _of_workbook(pieces: Iterator[bytes], plan: dict[str, Any]) -> Iterator[Chunk | Note]:
    text = Text("utf-8", joins_lines=True, chunk_bytes=plan["chunk_bytes"])
    for sheet in sheets_of(pieces, plan["workbook_bytes"], plan["workbook_inflated_bytes"]):
        if sheet.is_hidden and plan["skips_hidden"]:
            yield Note("sheet.skipped", sheet.name)
            continue
        if sheet.is_hidden:
            yield Note("sheet.hidden", sheet.name)
        first_line = text.next_line
        for lines in sheet.lines:
            for chunk in text.lines(lines):
                yield chunk._replace(sheet=sheet.name, sheet_line=first_line)
        for chunk in text.flush():
            yield chunk._replace(sheet=sheet.name, sheet_line=first_line)


def serve(parent: int, plan: dict[str, Any]) -> int:
    """Serve one upload."""
    die_with_parent(signal.SIGKILL)()
    if os.getppid() != parent:
        return BROKE_DOWN  # it died before it could be watched
    os.nice(_NICE)
    if plan["format"] == "workbook":
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    try:
        limit_memory(plan["memory_bytes"])
        bytearray(plan["chunk_bytes"])  # the least that every upload takes
    except MemoryError:
        _write(UNFIT, 0, b"")
        return BROKE_DOWN
    try:
        sheet = ""
        for chunk in chunks_of(open(0, "rb", buffering=0), plan):  # noqa: SIM115 - not buffered once more
            if isinstance(chunk, Note):
                _write(NOTE, 0, json.dumps(chunk).encode())
                continue
            if chunk.sheet != sheet:
                sheet = chunk.sheet
                _write(SHEET, chunk.sheet_line, sheet.encode("utf-8", "replace"))
            _write(CHUNK, chunk.first_line, chunk.data)
        _write(END, 0, b"")
    except RefusedError as refused:
        told = {"reason": refused.reason.key, "detail": refused.detail, "extensions": refused.extensions}
        _write(REFUSAL, 0, json.dumps(told).encode())
    except BaseException:  # a panic too: every failure of a parser fed with hostile bytes means the same
        return BROKE_DOWN
    return 0


def _write(kind: bytes, first_line: int, data: bytes) -> None:
    os.write(1, HEADER.pack(kind, first_line, len(data)))
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]
