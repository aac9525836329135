"""Who is responsible for something that a meeting decided.

Revision ID: 0044
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was named for what is decided already: whoever took its duty in hand has it."""
    op.execute("ALTER TABLE scheduling_item ADD COLUMN responsible text")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE scheduling_item DROP COLUMN responsible")
