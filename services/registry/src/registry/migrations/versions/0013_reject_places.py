"""Which sheet of a workbook a rejected row stands in.

Revision ID: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older rejects tell the line of the file only."""
    op.execute("ALTER TABLE import_reject ADD COLUMN sheet text, ADD COLUMN sheet_row int")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE import_reject DROP COLUMN sheet, DROP COLUMN sheet_row")
