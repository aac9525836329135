"""Every change of a household: locked, remembered as it was, given a new version, announced. Set by set.

async with changing(session, [household_id], cause="income", by=client_id):
    ...the change...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, INCOME, PERSON, announced
from contracts.registry import HouseholdSnapshotTaken
from registry.fields import json_fields
from servicekit import clock, outbox
from servicekit.event_sql import Each, Fields, json_object
from servicekit.failpoints import failpoint_async

# History is read by people and kept for years: tokens, whose keys come and go, are none of its business.
_TOKENS: Fields = {
    "id_token": "encode(p.id_token, 'hex')",
    "person_token": "encode(p.person_token, 'hex')",
    "token_key_id": "p.token_key_id",
    "other_tokens": Each(
        {"key_id": "o.key", "id_token": "o.value->>0", "person_token": "o.value->>1"},
        "jsonb_each(p.other_tokens) o",
        "o.key",
    ),
}


def _snapshot(tokens: Fields) -> Fields:
    """Give what the rules of `sharing` need to know of a household; no name, no number (contracts.registry)."""
    return {
        "household_id": "h.id",
        "version": "h.version",
        "token_revision": "h.token_revision",
        **json_fields(announced(HOUSEHOLD), "h"),
        "incomes": Each(
            json_fields(announced(INCOME), "i"),
            "income i WHERE i.household_id = h.id AND i.superseded_at IS NULL",
            "i.year",
        ),
        "members": Each(
            {"person_id": "p.id", **tokens, **json_fields(announced(PERSON), "p")},
            "person p WHERE p.household_id = h.id AND p.is_active",
            "p.ordinal",
        ),
    }


ANNOUNCED = _snapshot(_TOKENS)
REMEMBER = f"""
INSERT INTO household_history (household_id, version, replaced_at, replaced_by, cause, snapshot)
SELECT h.id, h.version, :at, :by, :cause,
{json_object(_snapshot({}))}
FROM household h WHERE h.id IN ({{source}})"""

_GIVEN = "SELECT unnest(CAST(:ids AS uuid[]))"


async def begin(session: AsyncSession, source: str, ids: dict[str, Any], *, cause: str, by: str) -> None:
    """Lock the households that `source` selects, in order of their ids, and keep their present state.

    Args:
        source: A SELECT of household ids from our own tables, never input; `ids` are its parameters.
        cause: What happened, in a word or two, for the history (`income`, `episode`, `patch`).
        by: Client that caused it.
    """
    await session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM household WHERE id IN ({source}) ORDER BY id FOR UPDATE) locked"),
        ids,
    )
    await session.execute(text(REMEMBER.format(source=source)), ids | {"at": clock.now(), "by": by, "cause": cause})


async def finish(session: AsyncSession, source: str, ids: dict[str, Any], *, keep_fingerprint: bool = False) -> None:
    """Give the households that `source` selects their next version.

    A change by hand clears the fingerprint, so that the same import line counts as a change again.
    """
    fingerprint = "" if keep_fingerprint else ", fingerprint = NULL"
    await session.execute(
        text(f"UPDATE household SET version = version + 1, updated_at = :at{fingerprint} WHERE id IN ({source})"),
        ids | {"at": clock.now()},
    )


async def announce(session: AsyncSession, source: str, ids: dict[str, Any]) -> None:
    """Put a snapshot event of each household that `source` selects into the outbox, in one statement."""
    await outbox.add_select(
        session, HouseholdSnapshotTaken, ANNOUNCED, f"household h WHERE h.id IN ({source}) ORDER BY h.id", ids
    )
    await failpoint_async("registry.snapshots_taken")


async def announce_given(session: AsyncSession, household_ids: Sequence[str]) -> None:
    """Put a snapshot event of each of these households into the outbox."""
    await announce(session, _GIVEN, {"ids": list(household_ids)})


@asynccontextmanager
async def changing(session: AsyncSession, household_ids: Sequence[str], *, cause: str, by: str) -> AsyncIterator[None]:
    """Change households within the block: locked before it, versioned and announced after it."""
    if not household_ids:
        yield
        return
    ids = {"ids": sorted(set(household_ids))}
    await begin(session, _GIVEN, ids, cause=cause, by=by)
    yield
    await finish(session, _GIVEN, ids)
    await announce(session, _GIVEN, ids)
