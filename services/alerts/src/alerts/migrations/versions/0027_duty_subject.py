"""The duties about one clue, measure or other subject are found at once.

Revision ID: 0027
"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX duty_subject_id_idx ON duty (subject_id)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX duty_subject_id_idx")
