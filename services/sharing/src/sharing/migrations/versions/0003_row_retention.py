"""When the rows of a delivery were deleted.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark, and an index of the deliveries whose rows are still kept: the few that retention looks at."""
    op.execute(
        """
        ALTER TABLE delivery ADD COLUMN rows_deleted_at timestamptz;
        CREATE INDEX delivery_rows_kept_idx ON delivery (dataset, area_code, period)
            WHERE state = 'committed' AND rows_deleted_at IS NULL;
        """
    )


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP INDEX delivery_rows_kept_idx; ALTER TABLE delivery DROP COLUMN rows_deleted_at")
