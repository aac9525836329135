"""Comparison runs know what started them, where and from when they run, and who decided about one that was held."""

from __future__ import annotations

from alembic import op

from servicekit.online_ddl import widen_check

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATES = "'queued', 'running', 'done', 'failed'"


def upgrade() -> None:
    """Add the columns, and the states of a run whose findings jump."""
    op.execute(
        """
        ALTER TABLE comparison_run
            ADD COLUMN area_code text COLLATE "C" NOT NULL DEFAULT '000000000000',
            ADD COLUMN causes jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN cause_count int NOT NULL DEFAULT 0,
            ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN not_before timestamptz,
            ADD COLUMN held_at timestamptz,
            ADD COLUMN due_on date,
            ADD COLUMN decided_by text,
            ADD COLUMN decided_at timestamptz,
            ADD COLUMN decision_reason text,
            ADD COLUMN accepted jsonb NOT NULL DEFAULT '{}'
        """
    )
    states = f"{_STATES}, 'held', 'withdrawn', 'superseded'"
    widen_check("comparison_run", "comparison_run_state_check", f"state IN ({states})")


def downgrade() -> None:
    """Drop them; a held run ends as failed."""
    op.execute(
        f"""
        UPDATE comparison_run SET state = 'failed' WHERE state IN ('held', 'withdrawn', 'superseded');
        ALTER TABLE comparison_run
            DROP CONSTRAINT comparison_run_state_check,
            ADD CONSTRAINT comparison_run_state_check CHECK (state IN ({_STATES})),
            DROP COLUMN area_code, DROP COLUMN causes, DROP COLUMN cause_count, DROP COLUMN queued_at,
            DROP COLUMN not_before,
            DROP COLUMN held_at, DROP COLUMN due_on, DROP COLUMN decided_by, DROP COLUMN decided_at,
            DROP COLUMN decision_reason, DROP COLUMN accepted;
        """
    )
