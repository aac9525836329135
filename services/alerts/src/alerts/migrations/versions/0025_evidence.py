"""Photos and scans that a verification names.

Revision ID: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those recorded so far name none."""
    op.execute("ALTER TABLE verification ADD COLUMN attachments text[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Forget them."""
    op.execute("ALTER TABLE verification DROP COLUMN attachments")
