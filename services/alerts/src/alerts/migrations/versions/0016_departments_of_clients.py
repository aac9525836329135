"""Whose a client is, so that a duty is handed over only within its department.

A client that was told before has none until the gateway tells of it again: nobody hands a department's duty to it.

Revision ID: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep it."""
    op.execute("ALTER TABLE client_right ADD COLUMN department text")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE client_right DROP COLUMN department")
