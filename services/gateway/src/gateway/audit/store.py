"""SQL of the audit record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.audit.rules import Batch, Seal, batch_of
from gateway.audit.tables import AuditSeal
from gateway.request import AccessEntry
from servicekit.areas import NATION
from servicekit.auth import Principal
from servicekit.locks import Lock, lock, try_lock

# One JSON array a row: unambiguous whatever the values contain; what came later follows it where it is there, so that
# rows sealed before keep their digest. Instants as microseconds, free of time zones.
_ENTRY_LINE = """json_build_array(id, entry_id, (extract(epoch FROM occurred_at) * 1000000)::bigint, client_id, issuer,
    department, method, route, scope, purpose, object_path, source, request_id)::text
    || coalesce(' ' || person::text, '')"""
_OUTCOME_LINE = """json_build_array(id, entry_id, (extract(epoch FROM ended_at) * 1000000)::bigint, status, bytes_in,
    bytes_out, duration_ms)::text || coalesce(' ' || shown::text, '') || coalesce(' ' || code, '')"""

_MEASURED = ("entries", "entries_digest", "outcomes", "outcomes_digest")


def _digest(line: str) -> str:
    return f"encode(sha256(convert_to(coalesce(string_agg({line}, E'\\n' ORDER BY id), ''), 'UTF8')), 'hex')"


async def append(
    session: AsyncSession, entries: Sequence[AccessEntry], outcomes: Sequence[dict[str, Any]] = ()
) -> None:
    """Append entries and outcomes within the caller's transaction."""
    await session.execute(
        text("SELECT audit_append(CAST(:entries AS json), CAST(:outcomes AS json))"),
        {"entries": orjson.dumps(list(entries)).decode(), "outcomes": orjson.dumps(list(outcomes)).decode()},
    )


async def final_ids(session: AsyncSession) -> tuple[int, int]:
    """Give the highest entry and outcome id below which nothing can appear any more.

    Waits for running appends and holds new ones back until the transaction ends: keep it short.
    """
    await lock(session, Lock.AUDIT_APPEND)
    entry_id, outcome_id = (
        await session.execute(
            text(
                "SELECT coalesce((SELECT max(id) FROM audit_entry), 0),"
                " coalesce((SELECT max(id) FROM audit_outcome), 0)"
            )
        )
    ).one()
    return int(entry_id), int(outcome_id)


async def elect_sealer(session: AsyncSession) -> bool:
    """Tell whether this transaction may seal; one at a time."""
    return await try_lock(session, Lock.AUDIT_SEAL)


async def last_seal(session: AsyncSession) -> Seal | None:
    """Give the newest seal."""
    newest = select(AuditSeal).order_by(col(AuditSeal.seq).desc()).limit(1)
    found = (await session.execute(newest)).scalar_one_or_none()
    return _seal_of(found.model_dump()) if found else None


async def measure(
    session: AsyncSession,
    seq: int,
    sealed_at: str,
    entry_ids: tuple[int, int],
    outcome_ids: tuple[int, int],
    limit: int,
) -> Batch:
    """Count and digest the next rows after `(from, to]`, at most `limit` of each kind."""
    statement = f"""
        WITH entry AS (SELECT * FROM audit_entry WHERE id > :e0 AND id <= :e1 ORDER BY id LIMIT :limit),
             outcome AS (SELECT * FROM audit_outcome WHERE id > :o0 AND id <= :o1 ORDER BY id LIMIT :limit)
        SELECT (SELECT count(*) FROM entry) AS entries, (SELECT {_digest(_ENTRY_LINE)} FROM entry) AS entries_digest,
               (SELECT coalesce(max(id), :e0) FROM entry) AS entry_to_id,
               (SELECT count(*) FROM outcome) AS outcomes,
               (SELECT {_digest(_OUTCOME_LINE)} FROM outcome) AS outcomes_digest,
               (SELECT coalesce(max(id), :o0) FROM outcome) AS outcome_to_id"""
    parameters = {
        "e0": entry_ids[0], "e1": entry_ids[1], "o0": outcome_ids[0], "o1": outcome_ids[1], "limit": limit,
    }  # fmt: skip
    row = (await session.execute(text(statement), parameters)).mappings().one()
    return Batch(
        seq=seq, sealed_at=sealed_at, entry_from_id=entry_ids[0], outcome_from_id=outcome_ids[0], **row
    )  # fmt: skip


async def add_seal(session: AsyncSession, seal: Seal) -> None:
    """Store a seal."""
    values = asdict(seal.batch) | {"previous_hash": seal.previous_hash, "hash": seal.hash, "mac": seal.mac}
    session.add(AuditSeal(**values | {"sealed_at": datetime.fromisoformat(seal.batch.sealed_at)}))
    await session.flush()


async def seals_with_record(session: AsyncSession, after_seq: int, limit: int) -> list[tuple[Seal, Batch]]:
    """Give the next stored seals, each with what the record holds for its ids now."""
    statement = f"""
        SELECT s.*, e.count AS found_entries, e.digest AS found_entries_digest,
               o.count AS found_outcomes, o.digest AS found_outcomes_digest
        FROM (SELECT * FROM audit_seal WHERE seq > :after ORDER BY seq LIMIT :limit) AS s
        CROSS JOIN LATERAL (SELECT count(*), {_digest(_ENTRY_LINE)} AS digest FROM audit_entry
                            WHERE id > s.entry_from_id AND id <= s.entry_to_id) AS e
        CROSS JOIN LATERAL (SELECT count(*), {_digest(_OUTCOME_LINE)} AS digest FROM audit_outcome
                            WHERE id > s.outcome_from_id AND id <= s.outcome_to_id) AS o
        ORDER BY s.seq"""
    rows = (await session.execute(text(statement), {"after": after_seq, "limit": limit})).mappings()
    pairs = []
    for row in rows:
        seal = _seal_of(row)
        found = {name: row[f"found_{name}"] for name in _MEASURED}
        pairs.append((seal, Batch(**(asdict(seal.batch) | found))))
    return pairs


def _seal_of(row: Mapping[Any, Any]) -> Seal:  # Any: SQLAlchemy keys rows by columns too
    stored = dict(row) | {"sealed_at": instant_text(row["sealed_at"])}
    return Seal(batch_of(stored), row["previous_hash"], row["hash"], row["mac"])


def instant_text(instant: Any) -> str:
    """Write an instant the one way that is hashed."""
    return str(instant.astimezone(UTC).isoformat(timespec="microseconds"))


async def unsealed_for_s(session: AsyncSession) -> float:
    """Give the age in seconds of the oldest entry that no seal covers; 0 when all are sealed."""
    oldest = await session.execute(
        text(
            "SELECT extract(epoch FROM now() - occurred_at) FROM audit_entry"
            " WHERE id > coalesce((SELECT entry_to_id FROM audit_seal ORDER BY seq DESC LIMIT 1), 0)"
            " ORDER BY id LIMIT 1"
        )
    )
    return max(0.0, float(oldest.scalar_one_or_none() or 0.0))


async def find(
    session: AsyncSession, auditor: Principal, conditions: dict[str, Any], before_id: int | None, limit: int
) -> Sequence[RowMapping]:
    """Give entries of clients of the auditor's areas with their outcomes, newest first.

    What an unknown client did, or nobody that is known, is for an auditor of the whole nation.

    Args:
        conditions: Any of client_id, person, route, object_path, occurred_from, occurred_to, shown, refused.
    """
    clauses = {
        "client_id": "e.client_id = :client_id",
        "person": "e.person = CAST(:person AS uuid)",
        "route": "e.route = :route",
        "object_path": "e.object_path = :object_path",
        "occurred_from": "e.occurred_at >= :occurred_from",
        "occurred_to": "e.occurred_at < :occurred_to",
        "shown": "e.entry_id IN (SELECT x.entry_id FROM audit_outcome x WHERE x.shown @> ARRAY[CAST(:shown AS uuid)])",
        "refused": "EXISTS (SELECT FROM audit_outcome x WHERE x.entry_id = e.entry_id AND x.status >= 400) = :refused",
    }
    within, areas = auditor.area_clause('area COLLATE "C"')
    theirs = (
        f"SELECT c.client_id FROM client c WHERE NOT EXISTS (SELECT FROM unnest(c.areas) AS area WHERE NOT {within})"
    )
    parts = [f"(e.client_id IN ({theirs}) OR :is_national)", *(clauses[name] for name in conditions)]
    if before_id is not None:
        parts.append("e.id < :before_id")
    where = "WHERE " + " AND ".join(parts)
    statement = f"""
        SELECT e.id AS position, e.entry_id::text AS id, e.occurred_at, e.client_id, e.person, e.issuer, e.department,
               e.method, e.route, e.scope, e.purpose, e.object_path, e.source, e.request_id,
               o.status, o.bytes_in, o.bytes_out, o.duration_ms,
               coalesce(o.shown, '{{}}') AS shown, o.code,
               (SELECT s.seq FROM audit_seal s WHERE s.entry_to_id >= e.id ORDER BY s.seq LIMIT 1) AS seal_seq
        FROM (SELECT * FROM audit_entry e {where} ORDER BY e.id DESC LIMIT :limit) AS e
        LEFT JOIN LATERAL (
            SELECT max(status) AS status, sum(bytes_in)::bigint AS bytes_in, sum(bytes_out)::bigint AS bytes_out,
                   max(duration_ms) AS duration_ms, max(code) AS code,
                   (SELECT array_agg(DISTINCT i) FROM audit_outcome x, unnest(x.shown) AS i
                    WHERE x.entry_id = e.entry_id) AS shown
            FROM audit_outcome o WHERE o.entry_id = e.entry_id HAVING count(*) > 0) AS o ON true
        ORDER BY e.id DESC"""
    parameters = conditions | areas | {"before_id": before_id, "limit": limit, "is_national": auditor.covers(NATION)}
    return (await session.execute(text(statement), parameters)).mappings().all()


async def outcomes_without_entry(session: AsyncSession) -> tuple[int, int]:
    """Count the outcomes whose entry is gone, and give the id of the first of them."""
    found = await session.execute(
        text(
            "SELECT count(*), coalesce(min(o.id), 0) FROM audit_outcome o"
            " WHERE NOT EXISTS (SELECT FROM audit_entry e WHERE e.entry_id = o.entry_id)"
        )
    )
    count, first = found.one()
    return int(count), int(first)


async def serving_role_may_change(session: AsyncSession) -> bool:
    """Tell whether the role of this connection could change, delete or switch off what it records."""
    found = await session.execute(
        text(
            "SELECT bool_or(pg_has_role(c.relowner, 'MEMBER') OR has_table_privilege(c.oid, 'UPDATE')"
            " OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')"
            " OR has_table_privilege(c.oid, 'TRIGGER')) OR bool_or(pg_has_role(d.datdba, 'MEMBER'))"
            " FROM pg_class c CROSS JOIN pg_database d WHERE d.datname = current_database()"
            " AND c.oid IN ('audit_entry'::regclass, 'audit_outcome'::regclass, 'audit_seal'::regclass)"
        )
    )
    return bool(found.scalar_one())


async def seals(session: AsyncSession, before_seq: int | None, limit: int) -> Sequence[RowMapping]:
    """Give stored seals, newest first."""
    statement = """
        SELECT seq, sealed_at, entries, outcomes, previous_hash, hash FROM audit_seal
        WHERE CAST(:before AS bigint) IS NULL OR seq < :before ORDER BY seq DESC LIMIT :limit"""
    return (await session.execute(text(statement), {"before": before_seq, "limit": limit})).mappings().all()
