"""Whether an episode has ended is what its event says, not a list of states kept here.

Revision ID: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Nothing is filled in: no installation holds episodes that ended before there was one."""
    op.execute("ALTER TABLE episode ADD COLUMN has_ended boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE episode DROP COLUMN has_ended")
