"""Sessions of the pages: what the browser's cookie stands for. Tokens lie sealed, the cookie as its hash."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.crypto import DecryptionError, FieldCipher


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def _place(cookie: str) -> str:
    return f"console_session|sealed|{_hash(cookie).hex()}"


async def keep(session: AsyncSession, cipher: FieldCipher, cookie: str, said: dict[str, Any], *, good_s: int) -> None:
    """Keep what a cookie stands for; a new one ends `good_s` seconds from now, whatever is kept later."""
    await session.execute(
        text(
            "INSERT INTO console_session (id_hash, sealed, expires_at, seen_at)"
            " VALUES (:id, :sealed, now() + make_interval(secs => :good_s), now())"
            " ON CONFLICT (id_hash) DO UPDATE SET sealed = excluded.sealed, seen_at = now()"
        ),
        {"id": _hash(cookie), "sealed": cipher.encrypt(orjson.dumps(said).decode(), _place(cookie)), "good_s": good_s},
    )


async def find(session: AsyncSession, cipher: FieldCipher, cookie: str, *, idle_s: int) -> dict[str, Any] | None:
    """Give what a cookie stands for and note that it was used; None once it is over."""
    found = await session.execute(
        text(
            "UPDATE console_session SET seen_at = now() WHERE id_hash = :id AND expires_at > now()"
            " AND seen_at > now() - make_interval(secs => :idle_s) RETURNING sealed"
        ),
        {"id": _hash(cookie), "idle_s": idle_s},
    )
    sealed = found.scalar_one_or_none()
    try:
        return dict(orjson.loads(cipher.decrypt(sealed, _place(cookie)))) if sealed is not None else None
    except DecryptionError:  # the key that it was sealed with is gone
        return None


async def forget(session: AsyncSession, cookie: str) -> None:
    """Let a cookie stand for nothing."""
    await session.execute(text("DELETE FROM console_session WHERE id_hash = :id"), {"id": _hash(cookie)})


async def tidy(session: AsyncSession) -> None:
    """Forget what is over."""
    await session.execute(text("DELETE FROM console_session WHERE expires_at < now()"))
