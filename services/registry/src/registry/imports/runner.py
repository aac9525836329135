"""The worker's side of imports: claim one, carry it out in one transaction, say what became of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from intake.declared import Declared
from intake.notes import Note, listed
from intake.parser import Limits, unpacked
from intake.receiving import problems_of
from intake.refusals import RefusedError
from intake.text import CHUNK_BYTES, Chunk
from registry.areas import service as areas
from registry.households import service as households
from registry.imports import export_file, households_file, spool, store
from registry.imports.problems import IMPORT, ImportCrashed
from registry.imports.reading import File
from registry.imports.tables import ImportRun
from registry.roster import service as roster
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.problems import Conflict, Internal, Problem
from servicekit.tracing import new_traceparent, set_traceparent

log = structlog.get_logger(__name__)

_CHUNK_BYTES = CHUNK_BYTES // 2  # a batch for COPY: large enough to be cheap, small enough for memory to stay flat


class LeaseLost(Exception):  # noqa: N818 - a state, as people read it
    """Another worker has taken the import over; this one must not touch it."""


class Runner:
    """Carries imports out, one at a time; several runners may work on one queue."""

    def __init__(self, database: Database, keys: IdentityKeys, settings: RegistrySettings) -> None:
        """Work with these."""
        self._database = database
        self._keys = keys
        self._settings = settings
        self.look_s = settings.import_lease_s / 4  # for leases that ran out, and to renew one's own

    async def work_once(self) -> bool:
        """Carry out the next import, if there is one; tell whether there was.

        Raises:
            Exception: if the database is away; the import is in the queue, or will be when its lease ends.
        """
        if not await spool.is_any_waiting(self._database):
            return False
        async with self._database.transaction() as session:
            run = await spool.claim(session, clock.now(), self._settings.import_lease_s)
        if run is None:
            return False
        await failpoint_async("registry.import_claimed")
        set_traceparent(new_traceparent(run.traceparent))
        try:
            if run.attempts > spool.MAX_ATTEMPTS:
                raise ImportCrashed("the worker ended during this import, more than once")
            state = await self._carry_out(run)
        except LeaseLost:
            state = "lost"
        except RefusedError as refused:
            problem = problems_of(IMPORT)[refused.reason]
            state = await self._fail(run, problem(refused.detail, **refused.extensions))
        except Conflict as conflict:  # somebody was at the same persons by hand: the next try sees what they did
            if run.attempts < spool.MAX_ATTEMPTS:
                await spool.release(self._database, run, attempts=run.attempts)
                return True
            state = await self._fail(run, conflict)
        except Problem as problem:
            state = await self._fail(run, problem)
        except (asyncio.CancelledError, Exception) as error:
            if isinstance(error, asyncio.CancelledError) or is_transient(error):
                await asyncio.shield(spool.release(self._database, run, attempts=run.attempts - 1))
                raise
            log.error("import.broke_down", import_id=str(run.id), error=type(error).__name__, exc_info=error)
            state = await self._fail(run, Internal())
        log.info("import.ended", import_id=str(run.id), kind=run.kind, state=state)
        return True

    async def _carry_out(self, run: ImportRun) -> str:
        """Work while the lease is kept and the progress told."""
        progress = [0]
        working = asyncio.create_task(self._work(run, progress))
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=self.look_s)
                if not working.done() and not await spool.renew(
                    self._database, run, progress[0], self._settings.import_lease_s
                ):
                    raise LeaseLost
            return await working
        finally:
            if not working.done():
                working.cancel()
                await asyncio.wait({working})

    async def _work(self, run: ImportRun, progress: list[int]) -> str:
        started = time.perf_counter()
        declared = Declared.of(run.content_type, run.encoding)
        limits = Limits(
            inflated_bytes=self._settings.import_max_plain_bytes,
            ratio=self._settings.import_max_ratio,
            workbook_bytes=self._settings.workbook_max_bytes,
            workbook_inflated_bytes=self._settings.workbook_max_inflated_bytes,
            memory_bytes=self._settings.workbook_memory_bytes,
            chunk_bytes=_CHUNK_BYTES,
        )
        pieces = spool.blocks_of(self._database, self._keys.cipher, str(run.id))
        principal = Principal(run.client_id, areas=tuple(run.areas))
        notes: list[Note] = []
        async with (
            aclosing(unpacked(declared, limits, pieces, notes)) as found,
            self._database.transaction() as session,
        ):
            chunks = _watched(found, progress)
            if run.kind == "areas":
                told = await areas.import_file(session, principal, declared.format, chunks, notes)
            elif run.kind == "staff":
                told = await roster.import_file(
                    session, principal, self._keys.cipher, declared.format, chunks, notes, _rejects_of(session, run)
                )
            elif run.kind == "reconciliation":
                file = File(declared.format, chunks, notes)
                told = await export_file.read(session, principal, self._keys, self._settings, run.id, file)
                await store.keep_rejects(session, str(run.id))
            else:
                file = File(declared.format, chunks, notes)
                told = await households_file.read(session, principal, self._keys, self._settings, file)
                await store.keep_rejects(session, str(run.id))
            seconds = round(time.perf_counter() - started, 3)
            warnings = [*told.get("warnings", []), *(note.message for note in listed(notes))]
            ended = {"state": "done", "rows_read": progress[0], "seconds": seconds, "warnings": warnings}
            await self._end(session, run, told | ended)
            await failpoint_async("registry.import_kept")
        return "done"

    async def _fail(self, run: ImportRun, problem: Problem) -> str:
        async with self._database.transaction() as session:
            if isinstance(problem, households.TooManyMatches):
                # What was not told counts all the same: the next file is refused before it is looked at.
                told = self._settings.matches_per_day
                await households.matches.record(session, run.client_id, "import", [], matches=told)
            await self._end(session, run, {"state": "failed", "problem": problem.document()})
        return "failed"

    # AsyncSession and whatever `import_run` has columns for.
    async def _end(self, session: Any, run: ImportRun, told: dict[str, Any]) -> None:
        held = await spool.hold(session, run)
        if held is None:
            raise LeaseLost
        for name, value in {**told, "finished_at": clock.now(), "lease_token": None, "lease_until": None}.items():
            setattr(held, name, value)
        session.add(held)
        await spool.drop_blocks(session, run.id)


def _rejects_of(session: AsyncSession, run: ImportRun) -> roster.Reject:
    """Give what keeps the lines of a file of the roster that are wrong."""

    async def keep(rejected: Sequence[roster.Rejected]) -> None:
        places: Counter[int] = Counter()
        rows = []
        for each in rejected:
            places[each.line] += 1
            rows.append(
                {
                    "import_id": run.id,
                    "line": each.line,
                    "ordinal": places[each.line],
                    "field": each.fault.pointer,
                    "code": each.fault.code,
                    "message": each.fault.detail,
                    "sheet": each.sheet,
                    "sheet_row": each.sheet_row,
                }
            )
        await store.add_rejects(session, rows)

    return keep


async def _watched(chunks: AsyncIterator[Chunk], progress: list[int]) -> AsyncIterator[Chunk]:
    async for chunk in chunks:
        progress[0] = chunk.first_line - 1 + chunk.data.count(b"\n") + (not chunk.data.endswith(b"\n"))
        yield chunk
