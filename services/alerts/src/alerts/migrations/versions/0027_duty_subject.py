"""The duties about one clue, measure or other subject are found at once.

Revision ID: 0027
"""

from __future__ import annotations

from servicekit import online_ddl

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    online_ddl.create_index_concurrently("duty_subject_id_idx", "ON duty (subject_id)")


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("duty_subject_id_idx")
