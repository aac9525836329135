"""Queries of what was announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, any_, cast, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from registry.duties.tables import DutySaid

# Columns, not objects: what was read before would be given again after `keep`.
_SAID = (col(DutySaid.id), col(DutySaid.revision), col(DutySaid.is_open), col(DutySaid.said))
_KEEP = """
INSERT INTO duty_said AS d (id, episode_id, revision, is_open, said)
SELECT id, episode_id, revision, is_open, said
FROM jsonb_populate_recordset(CAST(NULL AS duty_said), CAST(:rows AS jsonb))
ORDER BY id ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, is_open = excluded.is_open,
    said = excluded.said
"""


async def of_episodes(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Any]:
    """Give what was announced of the duties of episodes."""
    of = col(DutySaid.episode_id)
    return (await session.execute(select(of, *_SAID).where(of == any_(cast(list(ids), ARRAY(Uuid)))))).all()


async def of_no_episode(session: AsyncSession, beginning: str) -> Sequence[Any]:
    """Give what was announced of the duties that hang on no episode and whose ids begin so, locked."""
    theirs = col(DutySaid.episode_id).is_(None) & col(DutySaid.id).startswith(beginning, autoescape=True)
    return (await session.execute(select(*_SAID).where(theirs).with_for_update())).all()


async def of_ids(session: AsyncSession, duty_ids: Sequence[str]) -> Sequence[Any]:
    """Give what was announced of these duties, locked."""
    theirs = col(DutySaid.id).in_(duty_ids)
    return (await session.execute(select(*_SAID).where(theirs).order_by(col(DutySaid.id)).with_for_update())).all()


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Remember what is announced."""
    await session.execute(text(_KEEP), {"rows": orjson.dumps(rows).decode()})
