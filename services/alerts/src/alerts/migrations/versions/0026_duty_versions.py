"""A duty has a version: two who act on it see each other.

Revision ID: 0026
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a constant default rewrites nothing."""
    op.execute("ALTER TABLE duty ADD COLUMN version int NOT NULL DEFAULT 1")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE duty DROP COLUMN version")
