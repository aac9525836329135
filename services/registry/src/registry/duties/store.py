"""Queries of what was announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_OF_EPISODES = """
SELECT id, episode_id, revision, is_open, said FROM duty_said WHERE episode_id = ANY(CAST(:ids AS uuid[]))
"""
_OF_NO_EPISODE = """
SELECT id, revision, is_open, said FROM duty_said WHERE episode_id IS NULL AND starts_with(id, :kind) FOR UPDATE
"""
_KEEP = """
INSERT INTO duty_said AS d (id, episode_id, revision, is_open, said)
SELECT id, episode_id, revision, is_open, said
FROM jsonb_populate_recordset(CAST(NULL AS duty_said), CAST(:rows AS jsonb))
ORDER BY id ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, is_open = excluded.is_open,
    said = excluded.said
"""


async def of_episodes(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Any]:
    """Give what was announced of the duties of episodes."""
    return (await session.execute(text(_OF_EPISODES), {"ids": list(ids)})).all()


async def of_no_episode(session: AsyncSession, kind: str) -> Sequence[Any]:
    """Give what was announced of the duties of a kind that hang on no episode, locked."""
    return (await session.execute(text(_OF_NO_EPISODE), {"kind": f"{kind}-"})).all()


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Remember what is announced."""
    await session.execute(text(_KEEP), {"rows": orjson.dumps(rows).decode()})
