"""A floor below which the feed gives no position again: after a restore, readers are ahead of the feed.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the floor, a single row."""
    op.execute(
        """
        CREATE TABLE feed_floor (
            is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            position bigint NOT NULL
        );
        COMMENT ON TABLE feed_floor IS
            'New alerts get positions above this. A restore raises it beyond what readers may have seen before.';
        INSERT INTO feed_floor (position) VALUES (0);
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE feed_floor")
