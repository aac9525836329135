"""Which version of a client was announced to the services.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the worker announces every client whose version is newer."""
    op.execute("ALTER TABLE client ADD COLUMN announced_version integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE client DROP COLUMN announced_version")
