"""`python -m alerts rotate-encryption | key-status | retire-key`: the key of webhook secrets and petitioners."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.petitions import service as petitions
from alerts.settings import AlertsSettings
from alerts.subscriptions.service import secret_place
from servicekit import keys as keykit
from servicekit.db import Database
from servicekit.keycli import KeyCommands, RotateCommand

_STALE = """
SELECT id::text AS id, secret, previous_secret FROM subscription
WHERE id > CAST(:after AS uuid)
  AND (NOT starts_with(secret, :prefix) OR NOT starts_with(previous_secret, :prefix))
ORDER BY id LIMIT :limit FOR UPDATE
"""
_WRITE = """
UPDATE subscription s SET secret = n.secret, previous_secret = n.previous_secret
FROM unnest(CAST(:ids AS uuid[]), CAST(:secrets AS text[]), CAST(:previous AS text[]))
    AS n (id, secret, previous_secret)
WHERE s.id = n.id
"""
_USES = """
SELECT count(*) FROM subscription WHERE starts_with(secret, :prefix) OR starts_with(previous_secret, :prefix)
"""
_FIRST = "00000000-0000-0000-0000-000000000000"


async def rotate_encryption(settings: AlertsSettings, database: Database, batch: int) -> int:
    """Seal webhook secrets and petitioners anew with the current key; give how many rows. What they say stays."""
    ring = settings.keyring("secret_key")
    cipher = ring.cipher()

    async def renew(session: AsyncSession, after: str | None) -> tuple[str | None, int]:
        found = await session.execute(text(_STALE), {"after": after or _FIRST, "prefix": cipher.prefix, "limit": batch})
        rows = found.all()
        if not rows:  # what is sealed anew is no longer found: the place where this began serves for all of it
            others = await petitions.reseal(session, ring, batch)
            return (after or _FIRST, others) if others else (None, 0)
        sealed = {
            row.id: [
                cipher.renew(secret, secret_place(row.id)) if secret else None
                for secret in (row.secret, row.previous_secret)
            ]
            for row in rows
        }
        await session.execute(
            text(_WRITE),
            {
                "ids": list(sealed),
                "secrets": [secret for secret, _ in sealed.values()],
                "previous": [previous for _, previous in sealed.values()],
            },
        )
        return rows[-1].id, len(rows)

    return await keykit.rotate(database, ring, renew)


async def uses(session: AsyncSession, _: str, key_id: str) -> dict[str, int]:
    """Count the subscriptions and petitions that have something sealed with a key."""
    prefix = f"v1.aesgcm.{key_id}."
    found = await session.execute(text(_USES), {"prefix": prefix})
    return {"subscriptions": int(found.scalar_one()), "petitions": await petitions.sealed_with(session, prefix)}


COMMANDS = KeyCommands(
    "alerts",
    AlertsSettings,
    [
        RotateCommand(
            "rotate-encryption",
            "重新加密 webhook 密钥和反映人信息 / seal webhook secrets and petitioners anew",
            rotate_encryption,
        )
    ],
    uses,
)
