"""Why a measure cannot be done.

Revision ID: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what was given up so far nobody said why."""
    op.execute("ALTER TABLE measure ADD COLUMN obstacle text, ADD COLUMN note text")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE measure DROP COLUMN obstacle, DROP COLUMN note")
