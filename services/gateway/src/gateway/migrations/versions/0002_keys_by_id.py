"""Let the key of the signing keys be rotated while the system serves: the record of keys."""

from __future__ import annotations

from alembic import op

from servicekit import keys

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of keys."""
    keys.create(op)


def downgrade() -> None:
    """Drop them."""
    keys.drop(op)
