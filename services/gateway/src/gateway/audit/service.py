"""Sealing, verifying and reading the audit record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.audit import store
from gateway.audit.anchors import Anchors
from gateway.audit.recorder import REFUSALS, Recorder
from gateway.audit.rules import GENESIS, ChainCheck, Fault, seal
from gateway.audit.shown import Shown
from gateway.request import AccessEntry
from gateway.settings import GatewaySettings
from servicekit.db import Database
from servicekit.failpoints import failpoint_async

__all__ = [
    "REFUSALS", "Recorder", "Shown", "anchors_of", "newest_seq", "read_anchors", "record_own",
    "require_separate_role", "seal_pending", "verify",
]  # fmt: skip

log = structlog.get_logger(__name__)

_BATCH_ROWS = 20_000
_VERIFY_SEALS = 50


def anchors_of(settings: GatewaySettings) -> Anchors | None:
    """Give the anchors in another system; None where none is named."""
    token = settings.audit_anchor_token.get_secret_value() if settings.audit_anchor_token else None
    return Anchors(settings.audit_anchor_url, token) if settings.audit_anchor_url else None


async def seal_pending(
    database: Database, key: bytes, *, anchor_file: str | None = None, anchors: Anchors | None = None
) -> int:
    """Seal everything that is appended so far; give the number of seals written.

    Safe to run in several processes: one seals, the others find nothing to do.
    """
    async with database.transaction() as session:
        entry_to, outcome_to = await store.final_ids(session)
    written = 0
    while True:
        async with database.transaction() as session:
            if not await store.elect_sealer(session):
                return written
            last = await store.last_seal(session)
            batch = await store.measure(
                session,
                seq=last.batch.seq + 1 if last else 1,
                sealed_at=store.instant_text(datetime.now(UTC)),
                entry_ids=(last.batch.entry_to_id if last else 0, entry_to),
                outcome_ids=(last.batch.outcome_to_id if last else 0, outcome_to),
                limit=_BATCH_ROWS,
            )
            if not batch.entries and not batch.outcomes:
                return written
            made = seal(batch, last.hash if last else GENESIS, key)
            await store.add_seal(session, made)
            await failpoint_async("audit.sealing")
        await failpoint_async("audit.sealed")
        written += 1
        # The log leaves this machine, the database does not: cutting off the newest seals shows against it.
        log.info("audit.sealed", seq=batch.seq, entries=batch.entries, outcomes=batch.outcomes, hash=made.hash)
        if anchor_file:
            line = json.dumps({"seq": batch.seq, "hash": made.hash, "sealed_at": batch.sealed_at})
            await asyncio.to_thread(_append_line, Path(anchor_file), line)
        if anchors is not None:
            await anchors.keep(made)


def _append_line(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole record found."""

    seals: int
    entries: int
    outcomes: int
    head: str
    fault: Fault | None


async def verify(
    database: Database, key: bytes, *, retired: Sequence[bytes] = (), anchors: dict[int, str] | None = None
) -> Verification:
    """Check the record from its first seal to its last, and against anchors kept elsewhere (seq -> hash).

    Args:
        retired: Keys that earlier seals were made with.
    """
    check = ChainCheck(key, retired)
    entries = outcomes = 0
    known = anchors or {}
    fault: Fault | None = None
    while fault is None:
        async with database.transaction() as session:
            pairs = await store.seals_with_record(session, check.seq, _VERIFY_SEALS)
        if not pairs:
            break
        for stored, found in pairs:
            fault = check.next(stored, found)
            if fault is None and known.get(check.seq, stored.hash) != stored.hash:
                fault = Fault(check.seq, "anchor_differs", "the seal is not the one that was anchored")
            if fault is not None:
                break
            entries += found.entries
            outcomes += found.outcomes
    async with database.transaction() as session:
        orphans, first = await store.outcomes_without_entry(session)
    if fault is None and orphans:
        fault = Fault(check.seq + 1, "entry_missing", f"{orphans} outcome(s) have no entry, the first one is {first}")
    if fault is None and known and max(known) > check.seq:
        fault = Fault(
            check.seq + 1, "seals_cut_off", f"seals up to {max(known)} were anchored, the record has {check.seq}"
        )
    return Verification(check.seq, entries, outcomes, check.head, fault)


class SharedRole(Exception):  # noqa: N818 - a state, as people read it
    """The role that serves requests could remove what is recorded of them."""


async def require_separate_role(database: Database) -> None:
    """Refuse to serve as a role that could change the record.

    Raises:
        SharedRole
    """
    async with database.transaction() as session:
        if await store.serving_role_may_change(session):
            raise SharedRole(
                "审计表可被服务角色修改 / the gateway's role may change the audit record: migrate as another role"
                " (GATEWAY_MIGRATION_DATABASE_URL), or set GATEWAY_ALLOW_SHARED_ROLE=true"
            )


async def newest_seq(database: Database) -> int:
    """Give the number of the newest seal; 0 without any."""
    async with database.transaction() as session:
        last = await store.last_seal(session)
    return last.batch.seq if last else 0


def read_anchors(path: Path) -> dict[int, str]:
    """Read an anchor file: one JSON object a line, as the sealer writes it."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {int(line["seq"]): str(line["hash"]) for line in lines}


async def record_own(session: AsyncSession, entry: AccessEntry, status: int) -> None:
    """Record an act on the gateway itself, in the transaction of the act."""
    outcome = {"id": entry.id, "status": status, "bytes_in": 0, "bytes_out": 0, "duration_ms": 0}
    await store.append(session, [entry], [outcome])
