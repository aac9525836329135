"""The notices that name a household are found by an index.

Revision ID: 0057
"""

from __future__ import annotations

from servicekit import online_ddl

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    online_ddl.create_index_concurrently("notice_rows_idx", "ON notice USING gin (rows jsonb_path_ops)")


def downgrade() -> None:
    """Take it away."""
    online_ddl.drop_index_concurrently("notice_rows_idx")
