"""Subscriptions that are changed and paused by their owners.

Revision ID: 0046
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each is at its first version, and none is paused."""
    op.execute("ALTER TABLE subscription ADD COLUMN version int NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE subscription ADD COLUMN is_paused boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Forget it; what was paused is sent."""
    op.execute("ALTER TABLE subscription DROP COLUMN version, DROP COLUMN is_paused")
