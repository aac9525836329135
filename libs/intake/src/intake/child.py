"""The child: bytes of an upload in, clean chunks of lines out, under limits on memory and processor time.

`python -I -m intake.child <parent's id> <name>=<value> ...` reads the file on its standard input as it was sent, undoes
the compression, finds the character set or reads the workbook, and writes frames to its standard output. Whatever
hostile bytes do to it ends this process and no other; it holds none of the service's secrets and ends with its parent.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from typing import IO

from intake.inflate import inflater_of
from intake.refusals import RefusedError
from intake.text import Chunk, Text
from servicekit.process import die_with_parent

HEADER = struct.Struct(">cQI")  # kind, first line, size of what follows
CHUNK, REFUSAL, END = b"C", b"R", b"E"

BROKE_DOWN = 2  # the reading failed, or met a limit
MAX_CPU_S = 60  # of a workbook: cells are laid out and written at some million a second
_NICE = 10  # of 19: a tenth of the processor against a request, all of it where nobody asks
_PIECE_BYTES = 1 << 20


def chunks_of(source: IO[bytes], plan: dict[str, str]) -> Iterator[Chunk]:
    """Give the chunks of the upload that `source` holds.

    Args:
        plan: The declaration and the limits by their attributes' names (`intake.declared`, `intake.parser`).

    Raises:
        RefusedError: as the modules that do the work.
    """
    inflater = inflater_of(plan["encoding"], max_bytes=int(plan["inflated_bytes"]), max_ratio=int(plan["ratio"]))

    def pieces() -> Iterator[bytes]:
        while block := source.read(_PIECE_BYTES):
            yield from inflater.feed(block)
        inflater.finish()

    is_workbook = plan["format"] == "workbook"
    text = Text(plan.get("charset"), joins_lines=plan["format"] == "csv", chunk_bytes=int(plan["chunk_bytes"]))
    lines = pieces()
    if is_workbook:
        from intake.workbook import lines_of  # not for every part of text that waits for this process

        lines = lines_of(lines, int(plan["workbook_bytes"]), int(plan["workbook_inflated_bytes"]))
    for piece in lines:
        yield from text.feed(piece)
    yield from text.finish()


def _write(kind: bytes, first_line: int, data: bytes) -> None:
    out = sys.stdout.buffer
    out.write(HEADER.pack(kind, first_line, len(data)))
    out.write(data)
    out.flush()


def main(parent: int, plan: dict[str, str]) -> int:
    """Serve one upload."""
    die_with_parent(signal.SIGKILL)()
    if os.getppid() != parent:
        return BROKE_DOWN  # it died before it could be watched
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the service, which drains first
    limits = [(resource.RLIMIT_AS, int(plan["memory_bytes"])), (resource.RLIMIT_CORE, 0)]
    if plan["format"] == "workbook":
        limits.append((resource.RLIMIT_CPU, MAX_CPU_S))
    os.nice(_NICE)
    for kind, limit in limits:
        try:
            resource.setrlimit(kind, (limit, limit))
        except (ValueError, OSError):  # a platform without this limit
            continue
    if plan["format"] == "workbook":
        import python_calamine  # noqa: F401 - that it can be loaded is seen before the workbook is blamed
    try:
        for chunk in chunks_of(open(0, "rb", buffering=0), plan):  # noqa: SIM115 - not buffered once more
            _write(CHUNK, *chunk)
        _write(END, 0, b"")
    except RefusedError as refused:
        import json  # of those that are refused only: every upload waits for the imports above

        told = {"reason": refused.reason.key, "detail": refused.detail, "extensions": refused.extensions}
        _write(REFUSAL, 0, json.dumps(told).encode())
    except BaseException:  # a panic too: every failure of a parser fed with hostile bytes means the same
        return BROKE_DOWN
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), dict(argument.split("=", 1) for argument in sys.argv[2:])))
