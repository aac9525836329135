"""Since when households and members are where they are; which guarantees were found unsafe."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever is registered has been there from the start; what is unsafe is known with the next check."""
    op.execute(
        """
        ALTER TABLE household ADD COLUMN unsafe_statuses text[] NOT NULL DEFAULT '{}',
            ADD COLUMN moved_on date, ADD COLUMN moved_from text;
        ALTER TABLE person ADD COLUMN came_on date, ADD COLUMN came_from text
        """
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(
        """
        ALTER TABLE person DROP COLUMN came_on, DROP COLUMN came_from;
        ALTER TABLE household DROP COLUMN unsafe_statuses, DROP COLUMN moved_on, DROP COLUMN moved_from
        """
    )
