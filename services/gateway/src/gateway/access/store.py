"""SQL of clients, keys and authentication."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.access.tables import Client, StoredKey
from servicekit.locks import Lock, lock


# ---- clients
async def find_client(session: AsyncSession, client_id: str, *, lock: bool = False) -> Client | None:
    """Give a registration, removed ones too; `lock` holds it until the transaction ends."""
    statement = select(Client).where(col(Client.client_id) == client_id)
    if lock:
        statement = statement.with_for_update()
    return (await session.execute(statement)).scalars().first()


async def list_clients(
    session: AsyncSession, *, after: str | None, limit: int, department: str | None, status: str | None
) -> Sequence[Client]:
    """Give registrations by id; removed ones only when asked for."""
    statement = select(Client).order_by(col(Client.client_id)).limit(limit)
    if after is not None:
        statement = statement.where(col(Client.client_id) > after)
    if department is not None:
        statement = statement.where(col(Client.department) == department)
    statement = statement.where(col(Client.status) == status if status is not None else col(Client.status) != "removed")
    return (await session.execute(statement)).scalars().all()


async def changed_epochs(session: AsyncSession, within_s: float) -> dict[str, tuple[int, bool]]:
    """Give `(epoch, is active)` of clients whose earlier tokens may still be out."""
    rows = await session.execute(
        text(
            "SELECT client_id, epoch, status = 'active' AS is_active FROM client"
            " WHERE epoch_changed_at > now() - make_interval(secs => :within) AND (epoch > 1 OR status <> 'active')"
        ),
        {"within": within_s},
    )
    return {row.client_id: (row.epoch, row.is_active) for row in rows}


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
