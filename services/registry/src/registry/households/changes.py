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

from contracts.registry import HouseholdSnapshotTaken
from servicekit import clock
from servicekit.db import copy_text
from servicekit.failpoints import failpoint_async
from servicekit.tracing import current_traceparent

# What the rules of `sharing` need to know of a household; no name, no number (contracts.registry).
_SNAPSHOT = """json_build_object(
    'household_id', h.id, 'version', h.version, 'token_revision', h.token_revision, 'area_code', h.village_code,
    'hh_type', h.hh_type, 'status', h.status, 'housing_tenure', h.housing_tenure, 'is_resettled', h.is_resettled,
    'monitor_category', h.monitor_category, 'is_monitored', h.is_monitored, 'open_risks', h.open_risks,
    'last_negative_decision_on', h.last_negative_decision_on,
    'incomes', (
        SELECT COALESCE(json_agg(json_build_object(
            'year', i.year, 'net', i.net::text, 'per_capita_net', i.per_capita_net::text,
            'ref_per_capita', i.ref_per_capita::text, 'self_paid', i.self_paid::text) ORDER BY i.year), '[]'::json)
        FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL),
    'members', (
        SELECT COALESCE(json_agg(json_build_object(
            'person_id', p.id, {tokens}
            'birth_date', p.birth_date, 'sex', p.sex, 'relation', p.relation, 'labour', p.labour,
            'school_stage', p.school_stage, 'has_finished_compulsory', p.has_finished_compulsory,
            'health', p.health, 'relief', p.relief) ORDER BY p.ordinal), '[]'::json)
        FROM person p WHERE p.household_id = h.id AND p.is_active))"""

_ANNOUNCED = _SNAPSHOT.replace(
    "{tokens}",
    """
            'id_token', encode(p.id_token, 'hex'), 'person_token', encode(p.person_token, 'hex'),
            'token_key_id', p.token_key_id, 'other_tokens', CASE WHEN p.other_tokens IS NULL THEN '[]'::json ELSE (
                SELECT json_agg(json_build_object(
                    'key_id', o.key, 'id_token', o.value->>0, 'person_token', o.value->>1) ORDER BY o.key)
                FROM jsonb_each(p.other_tokens) o) END,""",
)
# History is read by people and kept for years: tokens, whose keys come and go, are none of its business.
_REMEMBERED = _SNAPSHOT.replace("{tokens}", "")

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
    await session.execute(
        text(
            "INSERT INTO household_history (household_id, version, replaced_at, replaced_by, cause, snapshot)"
            f" SELECT h.id, h.version, :at, :by, :cause, {_REMEMBERED} FROM household h WHERE h.id IN ({source})"
        ),
        ids | {"at": clock.now(), "by": by, "cause": cause},
    )


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
    await session.execute(
        text(
            "INSERT INTO outbox (topic, key, type, time, traceparent, data)"
            f" SELECT :topic, h.id::text, :type, :at, :traceparent, {_ANNOUNCED}"
            f" FROM household h WHERE h.id IN ({source}) ORDER BY h.id"
        ),
        ids
        | {
            "topic": HouseholdSnapshotTaken.topic.name,
            "type": HouseholdSnapshotTaken.event_type,
            "at": clock.now(),
            "traceparent": current_traceparent(),
        },
    )
    await failpoint_async("registry.snapshots_taken")


async def announce_written(session: AsyncSession, snapshots: Sequence[tuple[str, str]]) -> None:
    """Put snapshots that are written already into the outbox: `(household id, data)`, in COPY text form."""
    topic, traceparent = HouseholdSnapshotTaken.topic.name, current_traceparent() or "\\N"
    what = f"{HouseholdSnapshotTaken.event_type}\t{clock.now().isoformat()}\t{traceparent}"
    await copy_text(
        session,
        "outbox",
        ("topic", "key", "type", "time", "traceparent", "data"),
        [f"{topic}\t{household_id}\t{what}\t{data}" for household_id, data in snapshots],
    )


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
