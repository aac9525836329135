"""Writes audit entries in group commits: many requests wait for one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import Any

import orjson
import psycopg
import structlog
from prometheus_client import Gauge

from gateway.audit import store
from gateway.audit.problems import AuditUnavailable
from gateway.audit.shown import Shown
from gateway.limits import Limiter, RateLimit
from gateway.request import AccessEntry
from servicekit.db import Database
from servicekit.failpoints import failpoint_async

log = structlog.get_logger(__name__)

unsealed_seconds = Gauge("bangfu_audit_unsealed_seconds", "Age of the oldest audit entry that no seal covers")

REFUSALS = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429})
"""Answers of the gateway's own that say no to somebody."""

_BATCH = 1000
_MAX_WAITING = 20_000
_MAX_OUTCOMES = 200_000
_MAX_REFUSALS = 20_000
_OUTCOME_FLUSH_S = 0.1
_WAIT_S = 5.0
_CHECK_SEALS_S = 5.0
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{15,17}[0-9Xx]?(?![0-9A-Za-z])")


class Recorder:
    """Appends an entry before its request goes on, and the outcome afterwards.

    An entry without an outcome says that the gateway was stopped in between: the request may have been served.
    """

    def __init__(self, database: Database, *, seal_limit_s: float, refusals_per_minute: int = 120) -> None:
        """Append through one connection of its own.

        Args:
            refusals_per_minute: So many of one caller are written down one by one, the others counted.
            seal_limit_s: Writes are refused when the oldest unsealed entry is older than this.
        """
        self._database = database
        self._seal_limit_s = seal_limit_s
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._outcomes: list[bytes] = []
        self._refusals: list[tuple[bytes, bytes]] = []
        self._refusal_limit = Limiter(RateLimit(quota=refusals_per_minute, window_s=60))
        self._unwritten: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._is_seal_late = False
        self._is_stopping = False

    async def record(self, entry: AccessEntry, *, is_write: bool) -> None:
        """Return once the entry is durable.

        Raises:
            AuditUnavailable: it could not be written; or, for a write, sealing has failed for too long.
        """
        if is_write and self._is_seal_late:
            raise AuditUnavailable("the audit record has not been sealed for too long", headers={"Retry-After": "30"})
        if len(self._waiting) >= _MAX_WAITING or self._is_stopping:
            raise AuditUnavailable("too many entries wait to be written", headers={"Retry-After": "2"})
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Numbers that could identify a person do not enter the record's path.
        entry.object_path = _storable(entry.object_path)
        self._waiting.append((orjson.dumps(entry), future))
        self._wake.set()
        try:
            async with asyncio.timeout(_WAIT_S):
                await future
        except TimeoutError:
            raise AuditUnavailable("the audit record does not answer", headers={"Retry-After": "2"}) from None

    def outcome(
        self, entry_id: str, status: int, traffic: tuple[int, int], seconds: float, shown: Shown | None = None
    ) -> None:
        """Note how the request ended; written with the next batch, at the latest after 0.1 s.

        Args:
            traffic: Bytes of the request's and of the answer's body.
            shown: Who the answer was about, or why it was refused.
        """
        bytes_in, bytes_out = traffic
        if len(self._outcomes) >= _MAX_OUTCOMES:
            log.error("audit.outcomes_dropped", waiting=len(self._outcomes))
            self._outcomes.clear()
        self._outcomes.append(
            orjson.dumps(
                {
                    "id": entry_id,
                    "status": status,
                    "bytes_in": bytes_in,
                    "bytes_out": bytes_out,
                    "duration_ms": int(seconds * 1000),
                    "shown": (shown.take() or None) if shown else None,
                    "code": shown.code if shown else None,
                }
            )
        )
        self._wake_soon()

    def refusal(self, entry: AccessEntry, status: int, code: str) -> None:
        """Note a request that was refused before it could use anything; nobody waits for it.

        Somebody who is refused again and again is written down so often a minute; what goes beyond is counted, and
        the number stands in the next entry's purpose.
        """
        if len(self._refusals) >= _MAX_REFUSALS or self._is_stopping:
            return
        key = entry.client_id or entry.source
        if not self._refusal_limit.take(key, time.monotonic()).is_allowed:
            self._unwritten[key] = self._unwritten.get(key, 0) + 1
            return
        if more := self._unwritten.pop(key, 0):
            entry.purpose = f"{entry.purpose} (+{more} refusals before it)"
        entry.object_path = _storable(entry.object_path)
        outcome = {"id": entry.id, "status": status, "bytes_in": 0, "bytes_out": 0, "duration_ms": 0, "code": code}
        self._refusals.append((orjson.dumps(entry), orjson.dumps(outcome)))
        self._wake_soon()

    def _wake_soon(self) -> None:
        if self._timer is None and not self._is_stopping:
            self._timer = asyncio.get_running_loop().call_later(_OUTCOME_FLUSH_S, self._due)

    def _due(self) -> None:
        self._timer = None
        self._wake.set()

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._flush()

    async def stop(self) -> None:
        """Write what is left and close the connection."""
        self._is_stopping = True
        if self._timer is not None:
            self._timer.cancel()
        await self._flush()
        await self._drop_connection()

    async def _flush(self) -> None:
        while self._waiting or self._outcomes or self._refusals:
            entries, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            refusals, self._refusals = self._refusals[:_BATCH], self._refusals[_BATCH:]
            outcomes, self._outcomes = self._outcomes[:_BATCH], self._outcomes[_BATCH:]
            try:
                await self._write([row for row, _ in (*entries, *refusals)], [*outcomes, *(row for _, row in refusals)])
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.error("audit.write_failed", entries=len(entries), error=type(error).__name__)
                self._outcomes = outcomes + self._outcomes
                if not isinstance(error, psycopg.DataError):  # what cannot be stored must not hold the others up
                    self._refusals = refusals + self._refusals
                await self._drop_connection()
                for _, future in entries:
                    if not future.done():
                        future.set_exception(
                            AuditUnavailable("the audit record cannot be written", headers={"Retry-After": "2"})
                        )
                if not self._is_stopping and self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(1.0, self._due)
                return
            for _, future in entries:
                if not future.done():
                    future.set_result(None)

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()

    async def _write(self, entries: list[bytes], outcomes: list[bytes]) -> None:
        async with asyncio.timeout(_WAIT_S):
            if self._connection is None or self._connection.closed:
                self._connection = await self._database.connect_raw()
            await self._connection.execute(
                "SELECT audit_append(%s::json, %s::json)",
                (_array(entries), _array(outcomes)),
                prepare=True,
            )
        await failpoint_async("audit.appended")

    async def watch_seals(self) -> None:
        """Keep an eye on the sealer until cancelled: writes stop when it has been away for too long."""
        while True:
            try:
                async with self._database.transaction() as session:
                    late_s = await store.unsealed_for_s(session)
                unsealed_seconds.set(late_s)
                is_late = late_s > self._seal_limit_s
                if is_late != self._is_seal_late:
                    log.error("audit.seal_late" if is_late else "audit.seal_recovered", unsealed_for_s=round(late_s))
                self._is_seal_late = is_late
            except Exception as error:  # the entries themselves fail closed while the database is away
                log.warning("audit.seal_watch_failed", error=type(error).__name__)
            await asyncio.sleep(_CHECK_SEALS_S)


def _storable(path: str) -> str:
    """Give a path as it may be kept: no number of a person, nothing that a database or a reader stumbles over."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in path.encode("utf-8", "replace").decode())
    return _NUMBER.sub("[redacted]", plain)[:512]


def _array(rows: list[bytes]) -> str:
    return "[" + b",".join(rows).decode() + "]"
