"""A source keeps whether it is about what the policy owes: what belongs to a case does not join its clue.

Of the sources there are nobody knows any more; the next comparison that changes one tells it anew.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a constant default rewrites nothing."""
    op.execute("ALTER TABLE clue_source ADD COLUMN is_policy_gap boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE clue_source DROP COLUMN is_policy_gap")
