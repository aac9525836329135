"""What areas were designated as, and the last day of those that are over, for sheets of their figures.

Revision ID: 0043
"""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each area tells with its next event; `announce_all` of the registry has all of them tell."""
    op.execute("""
    ALTER TABLE area ADD COLUMN valid_to date, ADD COLUMN tags jsonb NOT NULL DEFAULT '[]'
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE area DROP COLUMN valid_to, DROP COLUMN tags")
