"""Keep decisions that were refused as stale, so that both sides see them, as in every service."""

from __future__ import annotations

from alembic import op

from servicekit import conflicts

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    conflicts.create(op)
    conflicts.add_settling(op)


def downgrade() -> None:
    """Drop it."""
    conflicts.drop(op)
