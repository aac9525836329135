"""Index which households were merged into one, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_NAME = "household_merged_into_idx"


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(_NAME, "ON household (merged_into) WHERE merged_into IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently(_NAME)
