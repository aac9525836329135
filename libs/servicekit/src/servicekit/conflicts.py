"""Decisions that were refused as stale, kept for both sides: who tried what, when, on which version.

A decision made on an older state than the newest (412), or that another one has overtaken (409), has no effect. It is
not lost either: whoever may read the subject sees it beside the decision that stands, and lists find the subject. It is
open until who made it has decided anew about the subject, or somebody who may decide about it says that it is settled.
The same one again, as an app repeats it whose connection broke, is kept once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database, execute
from servicekit.ids import new_id
from servicekit.messaging_tables import Executes
from servicekit.problems import NotFound, Overtaken, PreconditionFailed, Problem
from servicekit.tables import RefusedDecision

_CREATE = """
CREATE TABLE refused_decision (
    id           uuid PRIMARY KEY,
    subject      text NOT NULL,
    subject_id   text NOT NULL,
    decision     jsonb NOT NULL,
    seen_etag    text,
    current_etag text,
    code         text NOT NULL,
    refused_at   timestamptz NOT NULL,
    refused_by   text NOT NULL
);
CREATE INDEX refused_decision_subject_idx ON refused_decision (subject, subject_id, id);
COMMENT ON TABLE refused_decision IS 'Decisions that were refused because another one came first; never changed.';
"""


_SETTLED = "ALTER TABLE refused_decision ADD COLUMN settled_at timestamptz, ADD COLUMN settled_by text"


def create(op: Executes) -> None:
    """Create the table, in a migration of the service."""
    op.execute(_CREATE)


def add_settling(op: Executes) -> None:
    """Add until when it is open, in a later migration of the service."""
    op.execute(_SETTLED)


def drop_settling(op: Executes) -> None:
    """Drop it."""
    op.execute("ALTER TABLE refused_decision DROP COLUMN settled_at, DROP COLUMN settled_by")


def drop(op: Executes) -> None:
    """Drop it."""
    op.execute("DROP TABLE refused_decision")


class NothingToSettle(NotFound):
    """404: the subject has no such open refused decision."""

    code = "refused_decision.not_open"
    title = "没有这条待处理的未生效决定"
    advice = "请重新读取该对象;refused 中 is_open 为 true 的才需处理。"


@dataclass(frozen=True)
class Decision:
    """What somebody wants to decide about a subject.

    Attributes:
        subject: Kind of the subject (`clue`).
        content: The decision as it was sent.
        seen_etag: Its If-Match.
    """

    subject: str
    subject_id: str
    content: Mapping[str, Any]
    seen_etag: str | None


@asynccontextmanager
async def deciding(database: Database, principal: Principal, decision: Decision) -> AsyncIterator[AsyncSession]:
    """Give the transaction of a decision; one that is refused as stale is rolled back, and kept on the subject.

    Raises:
        PreconditionFailed, Overtaken: those of the block.
    """
    try:
        async with database.transaction() as session:
            await _settle(session, principal, decision, "refused_by = :by")  # undone if this one is refused too
            yield session
    except (PreconditionFailed, Overtaken) as refusal:
        async with database.transaction() as session:
            if not await _is_kept(session, principal, decision):
                session.add(_refused(principal, decision, refusal))
        raise


async def _is_kept(session: AsyncSession, principal: Principal, decision: Decision) -> bool:
    """Tell whether the same decision is open already."""
    found = await session.execute(
        select(RefusedDecision.id).where(
            col(RefusedDecision.subject) == decision.subject,
            col(RefusedDecision.subject_id) == decision.subject_id,
            col(RefusedDecision.refused_by) == principal.actor,
            col(RefusedDecision.seen_etag).is_not_distinct_from(decision.seen_etag),
            col(RefusedDecision.decision) == dict(decision.content),
            col(RefusedDecision.settled_at).is_(None),
        )
    )
    return found.first() is not None


async def _settle(session: AsyncSession, principal: Principal, decision: Decision, which: str, **values: str) -> int:
    settled = await execute(
        session,
        "UPDATE refused_decision SET settled_at = :at, settled_by = :by"
        f" WHERE subject = :subject AND subject_id = :subject_id AND settled_at IS NULL AND {which}",
        {
            "at": clock.now(),
            "by": principal.actor,
            "subject": decision.subject,
            "subject_id": decision.subject_id,
            **values,
        },
    )
    return int(settled.rowcount)


async def settle(session: AsyncSession, principal: Principal, subject: str, subject_id: str, refused_id: str) -> None:
    """Say that a refused decision needs nobody any more; the caller has checked that they may decide here.

    Raises:
        NothingToSettle: the subject has no such open one.
    """
    decision = Decision(subject, subject_id, {}, None)
    if not await _settle(session, principal, decision, "id = CAST(:id AS uuid)", id=refused_id):
        raise NothingToSettle("no such open refused decision")


async def settle_all(session: AsyncSession, principal: Principal, subject: str, subject_id: str) -> None:
    """Say that no refused decision about a subject needs anybody any more: it is over."""
    await _settle(session, principal, Decision(subject, subject_id, {}, None), "true")


def has_open(subject: str, subject_id: str) -> str:
    """Give the SQL condition that a subject has an open refused decision.

    Args:
        subject_id: SQL that gives the subject's id as text.
    """
    return (
        f"EXISTS (SELECT FROM refused_decision refused WHERE refused.subject = '{subject}'"
        f" AND refused.subject_id = {subject_id} AND refused.settled_at IS NULL)"
    )


def _refused(principal: Principal, decision: Decision, refusal: Problem) -> RefusedDecision:
    return RefusedDecision(
        id=new_id(),
        subject=decision.subject,
        subject_id=decision.subject_id,
        decision=dict(decision.content),
        seen_etag=decision.seen_etag,
        current_etag=refusal.extensions.get("current_etag"),
        code=refusal.code,
        refused_at=clock.now(),
        refused_by=principal.actor,
    )


async def refused(session: AsyncSession, subject: str, subject_id: str) -> Sequence[RefusedDecision]:
    """Give the refused decisions about a subject, oldest first."""
    found = await session.execute(
        select(RefusedDecision)
        .where(col(RefusedDecision.subject) == subject, col(RefusedDecision.subject_id) == subject_id)
        .order_by(col(RefusedDecision.id))
    )
    return found.scalars().all()
