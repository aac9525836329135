"""Which processes have which signing keys: a revocation is done when all of them have confirmed it.

Revision ID: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("CREATE TABLE replica (replica text PRIMARY KEY, digest text NOT NULL, seen_at timestamptz NOT NULL)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE replica")
