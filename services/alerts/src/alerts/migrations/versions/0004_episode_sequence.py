"""Tell an episode's newest step from one that comes late: redriven, or from a topic that was restored.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number of the step; 0 for what was received before there was one."""
    op.execute("ALTER TABLE episode ADD COLUMN sequence int NOT NULL DEFAULT 0")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE episode DROP COLUMN sequence")
