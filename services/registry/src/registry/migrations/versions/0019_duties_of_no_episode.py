"""Duties that follow from no episode.

Revision ID: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a duty have no episode."""
    op.execute("ALTER TABLE duty_said ALTER COLUMN episode_id DROP NOT NULL")


def downgrade() -> None:
    """Forget those that have none; the release before knows none."""
    op.execute(
        "DELETE FROM duty_said WHERE episode_id IS NULL; ALTER TABLE duty_said ALTER COLUMN episode_id SET NOT NULL"
    )
