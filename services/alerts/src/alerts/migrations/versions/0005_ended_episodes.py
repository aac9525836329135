"""Whether an episode has ended is what its event says, not a list of states kept here.

Revision ID: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILLS = "One row a monitored household: some thousands in a county, written in well under a second."


def upgrade() -> None:
    """Add the column, filled from the states that ended an episode until now."""
    op.execute("ALTER TABLE episode ADD COLUMN has_ended boolean NOT NULL DEFAULT false")
    op.execute(
        "UPDATE episode SET has_ended = true"
        " WHERE state IN ('ELIMINATED', 'STABLE', 'WITHDRAWN', 'REJECTED', 'ENDED_NATURAL', 'CORRECTED')"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE episode DROP COLUMN has_ended")
