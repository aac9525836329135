"""SQL of clients, keys and authentication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.access.granting import Manager
from gateway.access.tables import Client, ClientProposal, StoredKey
from servicekit.areas import range_of
from servicekit.db import Database
from servicekit.locks import Lock, lock


# ---- clients
async def find_client(session: AsyncSession, client_id: str, *, lock: bool = False) -> Client | None:
    """Give a registration, removed ones too; `lock` holds it until the transaction ends."""
    statement = select(Client).where(col(Client.client_id) == client_id)
    if lock:
        statement = statement.with_for_update()
    return (await session.execute(statement)).scalars().first()


_WITHIN = text(
    "(cardinality(areas) > 0 OR :all) AND NOT EXISTS (SELECT 1 FROM unnest(areas) AS own (code) WHERE NOT EXISTS ("
    "SELECT 1 FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS r (low, high)"
    ' WHERE own.code >= r.low COLLATE "C" AND own.code < r.high COLLATE "C"))'
)


def _within(manager: Manager) -> TextClause:
    ranges = [range_of(area) for area in manager.areas]
    return _WITHIN.bindparams(
        all=manager.looks_after_all, lows=[low for low, _ in ranges], highs=[high for _, high in ranges]
    )


async def list_clients(
    session: AsyncSession,
    manager: Manager,
    *,
    after: str | None,
    limit: int,
    department: str | None,
    status: str | None,
) -> Sequence[Client]:
    """Give registrations that the manager looks after, by id; removed ones only when asked for."""
    statement = select(Client).where(_within(manager)).order_by(col(Client.client_id)).limit(limit)
    if after is not None:
        statement = statement.where(col(Client.client_id) > after)
    if department is not None:
        statement = statement.where(col(Client.department) == department)
    statement = statement.where(col(Client.status) == status if status is not None else col(Client.status) != "removed")
    return (await session.execute(statement)).scalars().all()


async def find_proposal(session: AsyncSession, proposal_id: str) -> ClientProposal | None:
    """Give a proposal, locked."""
    statement = select(ClientProposal).where(col(ClientProposal.id) == proposal_id).with_for_update()
    return (await session.execute(statement)).scalars().first()


async def list_proposals(
    session: AsyncSession, manager: Manager, *, state: str, after: str | None, limit: int
) -> Sequence[ClientProposal]:
    """Give proposals for clients that the manager looks after, by id, which is by time."""
    statement = (
        select(ClientProposal)
        .where(_within(manager), col(ClientProposal.state) == state)
        .order_by(col(ClientProposal.id))
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(col(ClientProposal.id) > after)
    return (await session.execute(statement)).scalars().all()


async def unannounced(session: AsyncSession, limit: int) -> Sequence[Client]:
    """Give clients whose newest version was not announced, locked."""
    statement = (
        select(Client)
        .where(col(Client.announced_version) < col(Client.version))
        .order_by(col(Client.client_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(statement)).scalars().all()


async def changed_epochs(database: Database, within_s: float) -> dict[str, tuple[int, bool]]:
    """Give `(epoch, is active)` of clients whose earlier tokens may still be out."""
    rows = await database.read(
        "SELECT client_id, epoch, status = 'active' FROM client"
        " WHERE epoch_changed_at > now() - make_interval(secs => :within) AND (epoch > 1 OR status <> 'active')",
        {"within": within_s},
    )
    return {client_id: (epoch, is_active) for client_id, epoch, is_active in rows}


# ---- authentication
async def locked_for_s(session: AsyncSession, client_id: str, source: str) -> int:
    """Give the seconds for which this client is locked for this address; 0 when it is not."""
    found = await session.execute(
        text(
            "SELECT ceil(extract(epoch FROM locked_until - now())) FROM secret_failure"
            " WHERE client_id = :client AND source = :source AND locked_until > now()"
        ),
        {"client": client_id, "source": source},
    )
    return int(found.scalar_one_or_none() or 0)


async def count_failure(
    session: AsyncSession, client_id: str, source: str, *, limit: int, window_s: int, lock_s: int
) -> bool:
    """Count a wrong credential; tell whether that locked the client for this address."""
    counted = await session.execute(
        text(
            """
                INSERT INTO secret_failure AS f (client_id, source, failures, window_from)
                VALUES (:client, :source, 1, now())
                ON CONFLICT (client_id, source) DO UPDATE SET
                    failures = CASE WHEN f.window_from < now() - make_interval(secs => :window) THEN 1
                                    ELSE f.failures + 1 END,
                    window_from = CASE WHEN f.window_from < now() - make_interval(secs => :window) THEN now()
                                       ELSE f.window_from END,
                    locked_until = CASE WHEN f.window_from >= now() - make_interval(secs => :window)
                                             AND f.failures + 1 >= :limit
                                        THEN now() + make_interval(secs => :lock) ELSE f.locked_until END
                RETURNING locked_until > now()
                """
        ),
        {"client": client_id, "source": source, "limit": limit, "window": window_s, "lock": lock_s},
    )
    return bool(counted.scalar_one())


async def clear_failures(session: AsyncSession, client_id: str, source: str) -> None:
    """Forget failures after a success."""
    await session.execute(
        text("DELETE FROM secret_failure WHERE client_id = :client AND source = :source"),
        {"client": client_id, "source": source},
    )


async def use_assertion(session: AsyncSession, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Note a used assertion id; False when it was used before."""
    row = (
        await session.execute(
            text(
                "INSERT INTO used_assertion (client_id, jti, expires_at) VALUES (:client, :jti, :expires)"
                " ON CONFLICT DO NOTHING RETURNING 1"
            ),
            {"client": client_id, "jti": jti, "expires": expires_at},
        )
    ).first()
    return row is not None


async def tidy(session: AsyncSession) -> None:
    """Forget assertion ids and failures that are over."""
    await session.execute(text("DELETE FROM used_assertion WHERE expires_at < now() - interval '5 minutes'"))
    await session.execute(
        text(
            "DELETE FROM secret_failure WHERE window_from < now() - interval '1 day'"
            " AND (locked_until IS NULL OR locked_until < now())"
        )
    )


# ---- replicas
async def confirm_replicas(session: AsyncSession, digests: Mapping[str, str]) -> None:
    """Note which keys processes have; forget those that said nothing for an hour."""
    await session.execute(
        text(
            "INSERT INTO replica AS r (replica, digest, seen_at)"
            " SELECT name, digest, now()"
            " FROM unnest(CAST(:names AS text[]), CAST(:digests AS text[])) AS n (name, digest)"
            " ON CONFLICT (replica) DO UPDATE SET digest = excluded.digest, seen_at = excluded.seen_at"
        ),
        {"names": list(digests), "digests": list(digests.values())},
    )
    await session.execute(text("DELETE FROM replica WHERE seen_at < now() - interval '1 hour'"))


async def replicas(session: AsyncSession, within_s: float) -> list[dict[str, Any]]:
    """Give the processes that were heard of lately, by name."""
    rows = await session.execute(
        text(
            "SELECT replica, digest, seen_at FROM replica WHERE seen_at > now() - make_interval(secs => :within)"
            " ORDER BY replica"
        ),
        {"within": within_s},
    )
    return [dict(row) for row in rows.mappings()]


# ---- signing keys
async def lock_keys(session: AsyncSession) -> None:
    """Let one replica at a time decide about keys."""
    await lock(session, Lock.SIGNING_KEYS)


async def published_keys(session: AsyncSession) -> Sequence[StoredKey]:
    """Give the keys that verifiers may meet, oldest first."""
    statement = (
        select(StoredKey)
        .where(col(StoredKey.published_until) > func.now())
        .order_by(col(StoredKey.signs_from), col(StoredKey.kid))
        .execution_options(populate_existing=True)
    )
    return (await session.execute(statement)).scalars().all()


async def retire_keys(session: AsyncSession, publish_after: timedelta, *, revoke: bool) -> None:
    """End the signing of all keys now; with `revoke` their publication too."""
    keep_s = 0.0 if revoke else publish_after.total_seconds()
    await session.execute(
        text(
            "UPDATE signing_key SET signs_from = least(signs_from, now()), signs_until = least(signs_until, now()),"
            " published_until = least(published_until, now() + make_interval(secs => :keep))"
            " WHERE published_until > now()"
        ),
        {"keep": keep_s},
    )


async def forget_keys(session: AsyncSession) -> None:
    """Delete keys long out of use: what they signed has expired."""
    await session.execute(text("DELETE FROM signing_key WHERE published_until < now() - interval '30 days'"))
