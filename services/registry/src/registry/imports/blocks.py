"""Large NDJSON bodies: cut into blocks of whole lines, and parsed by processes beside the service.

Checking, hashing and encrypting a person is some 50 microseconds of Python. For a county that is a minute in which
one thread would also hold back every other request of the process; elsewhere it is half the time and nobody waits.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from registry.imports.lines import MAX_LINE_BYTES
from registry.imports.parsers import NdjsonParser
from registry.imports.prepare import Batch, Occasion, Preparer
from registry.imports.problems import LineTooLong
from registry.settings import IdentityKeys, RegistrySettings
from servicekit.process import die_with_parent


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a body; `first_line` is the number of the first, from 1."""

    first_line: int
    data: bytes


async def blocks_of(pieces: AsyncIterator[bytes], size: int) -> AsyncIterator[Block]:
    """Cut a stream into blocks of about `size` bytes that end with a line.

    Raises:
        LineTooLong: if a line does not end within a MiB.
    """
    line, kept = 1, bytearray()
    async for piece in pieces:
        kept += piece
        if len(kept) < size:
            continue
        end = kept.rfind(b"\n") + 1
        if len(kept) - end > MAX_LINE_BYTES:
            number = line + kept.count(b"\n")
            raise LineTooLong(f"line {number} is longer than {MAX_LINE_BYTES} bytes")
        if end:
            block = Block(line, bytes(kept[:end]))
            del kept[:end]
            line += block.data.count(b"\n")
            yield block
    if kept:
        yield Block(line, bytes(kept))


def parse(block: Block, keys: IdentityKeys, occasion: Occasion) -> Batch:
    """Check, hash and encrypt the households of a block.

    Raises:
        WrongEncoding, LineTooLong: with the line's number in the whole body.
    """
    preparer = Preparer(keys, occasion, announces=True)
    parser = NdjsonParser(preparer, first_line=block.first_line)
    parser.feed(block.data)
    parser.finish()
    return preparer.take()


class Crew:
    """Parses blocks: the first in a thread of the service, and once there are more, in processes of its own."""

    def __init__(self, settings: RegistrySettings, keys: IdentityKeys, occasion: Occasion) -> None:
        self._settings = settings
        self._keys = keys
        self._occasion = occasion
        self._size = settings.import_processes
        self._processes: ProcessPoolExecutor | None = None
        self._has_begun = False

    async def batches(self, blocks: AsyncIterator[Block]) -> AsyncIterator[Batch]:
        """Give the rows of the blocks in their order, while the blocks after them are being parsed."""
        pending: deque[asyncio.Future[Batch]] = deque()
        try:
            async for block in blocks:
                pending.append(self._begin(block))
                if len(pending) > self._size:
                    yield await pending.popleft()
            while pending:
                yield await pending.popleft()
        finally:
            for future in pending:
                future.cancel()

    def _begin(self, block: Block) -> asyncio.Future[Batch]:
        loop = asyncio.get_running_loop()
        if not self._has_begun:  # most bodies are one block: not worth the second that a process takes to start
            self._has_begun = True
            return loop.run_in_executor(None, parse, block, self._keys, self._occasion)
        if self._processes is None:
            self._processes = ProcessPoolExecutor(
                self._size,
                # Not forked: this process has threads and open connections.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare_process,
                initargs=(self._settings, self._occasion),
            )
        return loop.run_in_executor(self._processes, _parse_in_process, block)

    async def dismiss(self) -> None:
        """End the processes."""
        if self._processes is not None:
            await asyncio.to_thread(self._processes.shutdown, cancel_futures=True)


@asynccontextmanager
async def crew(settings: RegistrySettings, keys: IdentityKeys, occasion: Occasion) -> AsyncIterator[Crew]:
    """Have a crew for one import."""
    members = Crew(settings, keys, occasion)
    try:
        yield members
    finally:
        await members.dismiss()


_in_process: tuple[IdentityKeys, Occasion] | None = None


def _prepare_process(settings: RegistrySettings, occasion: Occasion) -> None:
    global _in_process  # noqa: PLW0603 - how an executor's initializer hands something to its calls
    die_with_parent(signal.SIGKILL)()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the service, which drains first
    _in_process = IdentityKeys.of(settings), occasion
    # Households are freed as soon as they are written: looking for cycles among them was a fifth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _parse_in_process(block: Block) -> Batch:
    assert _in_process is not None  # noqa: S101 - the initializer ran
    return parse(block, *_in_process)
