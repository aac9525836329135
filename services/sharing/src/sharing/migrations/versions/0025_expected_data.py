"""From which month counties are owed data.

Revision ID: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The worker finds out for each county when it looks at it first."""
    op.execute("""
    CREATE TABLE county_expected (
        county text PRIMARY KEY CHECK (county ~ '^[0-9]{6}000000$'),
        since  text NOT NULL CHECK (since ~ '^[0-9]{4}-[0-9]{2}$')
    );
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("DROP TABLE county_expected")
