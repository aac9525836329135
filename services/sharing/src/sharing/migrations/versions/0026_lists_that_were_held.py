"""The lists that were held are found without reading the records.

Revision ID: 0026
"""

from __future__ import annotations

from servicekit import online_ddl

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently("delivery_was_held_idx", "ON delivery (period) WHERE hold_due_on IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("delivery_was_held_idx")
