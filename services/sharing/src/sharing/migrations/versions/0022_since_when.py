"""Since when households and members are where they are; which guarantees were found unsafe: for the rules."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Known with the next snapshot of each household."""
    op.execute(
        """
        ALTER TABLE directory_household ADD COLUMN unsafe_statuses text[] NOT NULL DEFAULT '{}',
            ADD COLUMN moved_on date, ADD COLUMN moved_from text;
        ALTER TABLE directory_person ADD COLUMN came_on date, ADD COLUMN came_from text
        """
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(
        """
        ALTER TABLE directory_person DROP COLUMN came_on, DROP COLUMN came_from;
        ALTER TABLE directory_household DROP COLUMN unsafe_statuses, DROP COLUMN moved_on, DROP COLUMN moved_from
        """
    )
