"""A duty may be paused.

Revision ID: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No owner paused one before this release."""
    op.execute("ALTER TABLE duty ADD COLUMN is_paused boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Forget it; the pauses stay."""
    op.execute("ALTER TABLE duty DROP COLUMN is_paused")
