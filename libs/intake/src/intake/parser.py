"""The service's side of the child: orders it for one upload, feeds it, gives its chunks, ends it with its request."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import asdict, dataclass

from intake.child import CHUNK, HEADER, NOTE, REFUSAL, SHEET, UNFIT
from intake.declared import Declared
from intake.notes import Note
from intake.refusals import REASONS, SEEN, UNREADABLE, WORKBOOK, RefusedError
from intake.text import CHUNK_BYTES, Chunk

_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031  # Linux


@dataclass(frozen=True)
class Limits:
    """Limits on one upload.

    Attributes:
        inflated_bytes: Most bytes after decompression.
        ratio: Most bytes out per byte in, once 16 MiB came out.
        workbook_bytes: Largest workbook, as a file.
        workbook_inflated_bytes: Largest sum of the sizes that a workbook's entries declare.
        memory_bytes: Address space that the child may take for the upload.
        chunk_bytes: About how much text a chunk holds.
    """

    inflated_bytes: int = 8 << 30
    ratio: int = 100
    workbook_bytes: int = 64 << 20
    workbook_inflated_bytes: int = 512 << 20
    memory_bytes: int = 1 << 30
    chunk_bytes: int = CHUNK_BYTES


class _Nursery:
    """The process that children come from: one for this process, started when first needed and when it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def bear(self, plan: bytes, pipes: tuple[int, int]) -> tuple[int, int]:
        """Give the id of a new child and a file descriptor of it, for the caller to close.

        Args:
            pipes: What the child reads, and what it writes to.

        Raises:
            RuntimeError: it could not be started.
        """
        with self._lock:
            for _ in range(2):  # somebody may have ended it
                if self._orders is None:
                    self._start()
                assert self._orders is not None  # noqa: S101 - for the type checker
                with contextlib.suppress(OSError):
                    socket.send_fds(self._orders, [plan], pipes)
                    told, handles, _, _ = socket.recv_fds(self._orders, 32, 1)
                    if told:
                        return int(told), handles[0]
                self._end()
        raise RuntimeError("the process that reads uploads could not load its reader")

    def close(self) -> None:
        """End the process, and its children with it."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        # Neither forked (this process has threads) nor given anything of the environment but the language and where
        # modules are: it is of the same release as this process.
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "intake.nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def _end(self) -> None:
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._orders = self._process = None


_nursery = _Nursery()
atexit.register(_nursery.close)


class Parser:
    """One upload in one child. `write` and `chunks` block and belong into two threads; `close` may be called by any."""

    def __init__(self, declared: Declared, limits: Limits) -> None:
        """Start the child.

        Raises:
            RuntimeError: it did not start; the upload may be good.
        """
        self._format = declared.format
        self.notes: list[Note] = []
        self._lock = threading.Lock()
        theirs, given = os.pipe()
        taken, results = os.pipe()
        self._given, self._taken = os.fdopen(given, "wb"), os.fdopen(taken, "rb")
        try:
            for pipe in (given, taken):
                with contextlib.suppress(OSError):  # a smaller pipe works as well
                    fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
            plan = json.dumps(asdict(declared) | asdict(limits)).encode()
            self._handle: int | None
            self.pid, self._handle = _nursery.bear(plan, (theirs, results))
        except BaseException:
            self._given.close()
            self._taken.close()
            raise
        finally:
            os.close(theirs)
            os.close(results)

    def write(self, data: bytes) -> bool:
        """Hand bytes over; False once the child takes no more, and `chunks` says why."""
        try:
            self._given.write(data)
        except (BrokenPipeError, ValueError):  # ended, or closed meanwhile
            return False
        return True

    def end(self) -> None:
        """Say that all bytes were written."""
        with contextlib.suppress(BrokenPipeError):
            self._given.close()

    def chunks(self) -> Iterator[Chunk]:
        """Give the chunks in order, as they come; `notes` has what is to be known of them once they ended.

        Raises:
            RefusedError: the upload cannot be used, or not within the limits.
            RuntimeError: the child itself did not work; the upload may be good.
        """
        sheet, sheet_line = "", 1
        while len(header := self._taken.read(HEADER.size)) == HEADER.size:
            kind, first_line, size = HEADER.unpack(header)
            data = self._taken.read(size)
            if len(data) < size:
                break
            if kind == CHUNK:
                yield Chunk(first_line, data, sheet, sheet_line)
            elif kind == SHEET:
                sheet, sheet_line = data.decode(), first_line
            elif kind == NOTE:
                self.notes.append(Note(*json.loads(data)))
            elif kind == REFUSAL:
                told = json.loads(data)
                raise RefusedError(REASONS[told["reason"]], told["detail"], **told["extensions"])
            elif kind == UNFIT:
                raise RuntimeError("the process that reads uploads has no room within its limits")
            else:
                return
        reason = WORKBOOK if self._format == "workbook" else UNREADABLE
        what = "damaged, cut off, or too large to be read within the limits"
        raise RefusedError(reason, f"the file is {what}", seen=SEEN[what])

    def close(self) -> None:
        """End the child, whatever it is doing; safe to call at any time, also twice."""
        with self._lock:
            if self._handle is None:
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            ended = select.poll()
            ended.register(self._handle, select.POLLIN)
            ended.poll()
            os.close(self._handle)
            self._handle = None
            for pipe in (self._given, self._taken):
                with contextlib.suppress(OSError):
                    pipe.close()


async def unpacked(
    declared: Declared, limits: Limits, pieces: AsyncIterator[bytes], notes: list[Note]
) -> AsyncGenerator[Chunk, None]:
    """Give the chunks of an upload whose bytes as sent come from `pieces`; its child ends with this generator.

    Args:
        notes: Takes what is to be known of the upload, once the chunks ended.

    Raises:
        RefusedError: as `Parser.chunks`.
    """
    parser = await asyncio.to_thread(Parser, declared, limits)

    async def feed() -> None:
        async for piece in pieces:
            if not await asyncio.to_thread(parser.write, piece):
                return
        await asyncio.to_thread(parser.end)

    feeding = asyncio.create_task(feed())
    feeding.add_done_callback(lambda task: parser.close() if not task.cancelled() and task.exception() else None)
    chunks = parser.chunks()
    try:
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield chunk
        notes += parser.notes
        await feeding
    except (RefusedError, ValueError):  # a pipe that was closed is no file of anybody's
        if feeding.done() and not feeding.cancelled() and feeding.exception() is not None:
            await feeding  # the bytes ended, so that the child had to
        raise
    finally:
        await asyncio.to_thread(parser.close)
        feeding.cancel()
        await asyncio.wait({feeding})
