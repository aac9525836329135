"""Households name their grid.

Revision ID: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has named one before this release: grid workers see a household from when its grid is known."""
    op.execute("ALTER TABLE household ADD COLUMN grid text")


def downgrade() -> None:
    """Forget them."""
    op.execute("ALTER TABLE household DROP COLUMN grid")
