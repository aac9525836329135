"""Until when a measure goes on, the end of the household's monitoring notwithstanding.

Revision ID: 0052
"""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said."""
    op.execute("ALTER TABLE measure ADD COLUMN continues_until date")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE measure DROP COLUMN continues_until")
