"""Clues follow what they stand on: findings that go, households that move, end or merge, visits that are told late.

Revision ID: 0007
"""

from __future__ import annotations

from alembic import op

from servicekit import conflicts
from servicekit.online_ddl import widen_check

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES = (
    "state IN ('new', 'dispatched', 'verifying', 'unreachable', 'confirmed_identify', 'confirmed_policy',"
    " 'existing_case', 'excluded', 'withdrawn')"
)
_KINDS = "kind IN ('raised', 'escalated', 'resolved', 'overdue', 'changed', 'moved')"


def upgrade() -> None:
    """Add what says since when, and why; null in old rows means as it was raised."""
    op.execute("ALTER TABLE household ADD COLUMN status text NOT NULL DEFAULT 'active', ADD COLUMN merged_into text")
    op.execute(
        "ALTER TABLE clue ADD COLUMN due_from_at timestamptz, ADD COLUMN due_severity text,"
        " ADD COLUMN visited_on date, ADD COLUMN ground_gone_at timestamptz, ADD COLUMN closed_because text"
    )
    op.execute("ALTER TABLE clue_source ADD COLUMN text jsonb")
    op.execute("ALTER TABLE verification ADD COLUMN is_late boolean NOT NULL DEFAULT false")
    widen_check("clue", "clue_state_check", _STATES)
    widen_check("alert", "alert_kind_check", _KINDS)
    conflicts.create(op)


def downgrade() -> None:
    """Drop it; what was withdrawn counts as excluded, and what has no older name is forgotten."""
    conflicts.drop(op)
    op.execute("UPDATE clue SET state = 'excluded', result_reason = 'data_error' WHERE state = 'withdrawn'")
    op.execute("DELETE FROM alert WHERE kind IN ('changed', 'moved')")
    op.execute("ALTER TABLE verification DROP COLUMN is_late")
    op.execute("ALTER TABLE clue_source DROP COLUMN text")
    op.execute(
        "ALTER TABLE clue DROP COLUMN due_from_at, DROP COLUMN due_severity, DROP COLUMN visited_on,"
        " DROP COLUMN ground_gone_at, DROP COLUMN closed_because"
    )
    op.execute("ALTER TABLE household DROP COLUMN status, DROP COLUMN merged_into")
