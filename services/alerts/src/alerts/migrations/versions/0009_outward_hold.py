"""Sending to the outside can be held: a restore holds it until an operator says so.

A restore of an older backup has made the table already.
"""

from __future__ import annotations

from alembic import op

from servicekit import outward

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty: nothing is held."""
    op.execute(outward.HOLD)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE outward_hold")
