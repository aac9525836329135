"""Households of NDJSON, chunk by chunk, parsed by processes beside the worker.

Checking, hashing and encrypting a person is some 50 microseconds of Python. For a county that is a minute in which
one thread would also hold back everything else of the process; elsewhere it is half the time and nobody waits.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager

from intake.refusals import UNREADABLE, RefusedError
from intake.text import Chunk
from registry.imports.parsers import read_lines
from registry.imports.prepare import Batch, Occasion, Preparer
from registry.settings import IdentityKeys, RegistrySettings
from servicekit.process import die_with_parent, limit_memory


def parse(chunk: Chunk, keys: IdentityKeys, occasion: Occasion) -> Batch:
    """Check, hash and encrypt the households of a chunk."""
    preparer = Preparer(keys, occasion)
    read_lines(preparer, chunk)
    return preparer.take()


class Crew:
    """Parses chunks: the first in a thread of the worker, and once there are more, in processes of its own."""

    def __init__(self, settings: RegistrySettings, keys: IdentityKeys, occasion: Occasion) -> None:
        self._settings = settings
        self._keys = keys
        self._occasion = occasion
        self._size = settings.import_processes
        self._processes: ProcessPoolExecutor | None = None
        self._has_begun = False

    async def batches(self, chunks: AsyncIterator[Chunk]) -> AsyncIterator[Batch]:
        """Give the rows of the chunks in their order, while the chunks after them are being parsed."""
        pending: deque[asyncio.Future[Batch]] = deque()
        try:
            async for chunk in chunks:
                pending.append(self._begin(chunk))
                if len(pending) > self._size:
                    yield await pending.popleft()
            while pending:
                yield await pending.popleft()
        except (MemoryError, BrokenProcessPool) as error:
            raise RefusedError(UNREADABLE, "the file is too large to be read within the limits") from error
        finally:
            for future in pending:
                future.cancel()

    def _begin(self, chunk: Chunk) -> asyncio.Future[Batch]:
        loop = asyncio.get_running_loop()
        if not self._has_begun:  # most files are one chunk: not worth the second that a process takes to start
            self._has_begun = True
            return loop.run_in_executor(None, parse, chunk, self._keys, self._occasion)
        if self._processes is None:
            self._processes = ProcessPoolExecutor(
                self._size,
                # Not forked: this process has threads and open connections.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare_process,
                initargs=(self._settings, self._occasion),
            )
        return loop.run_in_executor(self._processes, _parse_in_process, chunk)

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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the worker, which drains first
    limit_memory(settings.workbook_memory_bytes)
    _in_process = IdentityKeys.of(settings), occasion
    # Households are freed as soon as they are written: looking for cycles among them was a fifth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _parse_in_process(chunk: Chunk) -> Batch:
    assert _in_process is not None  # noqa: S101 - the initializer ran
    return parse(chunk, *_in_process)
