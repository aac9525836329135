"""Index the deliveries of pushed records whose rows were deleted, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(
        "delivery_deleted_records_idx",
        "ON delivery (dataset, period) WHERE kind = 'record' AND rows_deleted_at IS NOT NULL",
    )


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("delivery_deleted_records_idx")
