"""The parent's side of the child: starts it for one upload, feeds it, gives its chunks, ends it with its request."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import asdict, dataclass

from intake.child import CHUNK, HEADER, REFUSAL
from intake.declared import Declared
from intake.refusals import REASONS, UNREADABLE, WORKBOOK, RefusedError
from intake.text import CHUNK_BYTES, Chunk

_INTERPRETER_FAILED = 1  # what Python ends with after an exception outside of the reading
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
        memory_bytes: Address space of the child.
        chunk_bytes: About how much text a chunk holds.
    """

    inflated_bytes: int = 8 << 30
    ratio: int = 100
    workbook_bytes: int = 64 << 20
    workbook_inflated_bytes: int = 512 << 20
    memory_bytes: int = 1 << 30
    chunk_bytes: int = CHUNK_BYTES


class Parser:
    """One upload in one child. `write` and `chunks` block and belong into two threads; `close` may be called by any."""

    def __init__(self, declared: Declared, limits: Limits) -> None:
        """Start the child."""
        self._format = declared.format
        # Neither forked (this process has threads) nor given anything of the environment but the language.
        plan = [f"{name}={value}" for name, value in (asdict(declared) | asdict(limits)).items() if value is not None]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-I", "-m", "intake.child", str(os.getpid()), *plan],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        )
        self._lock = threading.Lock()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # a smaller pipe works as well
                if pipe is not None:
                    fcntl.fcntl(pipe.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)

    def write(self, data: bytes) -> bool:
        """Hand bytes over; False once the child takes no more, and `chunks` says why."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        try:
            self._process.stdin.write(data)
        except (BrokenPipeError, ValueError):  # ended, or closed meanwhile
            return False
        return True

    def end(self) -> None:
        """Say that all bytes were written."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def chunks(self) -> Iterator[Chunk]:
        """Give the chunks in order, as they come.

        Raises:
            RefusedError: the upload cannot be used, or not within the limits.
            RuntimeError: the child itself did not work; the upload may be good.
        """
        out = self._process.stdout
        assert out is not None  # noqa: S101 - for the type checker
        while len(header := out.read(HEADER.size)) == HEADER.size:
            kind, first_line, size = HEADER.unpack(header)
            data = out.read(size)
            if len(data) < size:
                break
            if kind == CHUNK:
                yield Chunk(first_line, data)
            elif kind == REFUSAL:
                told = json.loads(data)
                raise RefusedError(REASONS[told["reason"]], told["detail"], **told["extensions"])
            else:
                return
        if self._process.wait() == _INTERPRETER_FAILED:
            raise RuntimeError("the process that reads uploads could not load its reader")
        reason = WORKBOOK if self._format == "workbook" else UNREADABLE
        raise RefusedError(reason, "the file is damaged, or too large to be read within the limits")

    def close(self) -> None:
        """End the child, whatever it is doing; safe to call at any time, also twice."""
        with self._lock:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


async def unpacked(declared: Declared, limits: Limits, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Chunk, None]:
    """Give the chunks of an upload whose bytes as sent come from `pieces`; its child ends with this generator.

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
        await feeding
    except (RefusedError, ValueError):  # a pipe that was closed is no file of anybody's
        if feeding.done() and not feeding.cancelled() and feeding.exception() is not None:
            await feeding  # the bytes ended, so that the child had to
        raise
    finally:
        await asyncio.to_thread(parser.close)
        feeding.cancel()
        await asyncio.wait({feeding})
