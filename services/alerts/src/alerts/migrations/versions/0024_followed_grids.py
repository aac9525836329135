"""What left a grid, for grid workers who were offline: clues and duties go with their household.

Revision ID: 0024
"""

from __future__ import annotations

from alembic import op

from servicekit import changes

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_HOUSEHOLD = changes.Holder("household", "household_id")


def upgrade() -> None:
    """Nobody with a grid has a token yet: what there is is told on the first pages."""
    changes.create_grids(op)
    changes.follow_grid(op, "clue", area="area_code", holder=_HOUSEHOLD)
    changes.follow_grid(op, "duty", area="area_code", department="department", holder=_HOUSEHOLD)


def downgrade() -> None:
    """Follow areas and departments alone."""
    changes.unfollow_grid(op, "duty", area="area_code", department="department", holder=_HOUSEHOLD)
    changes.unfollow_grid(op, "clue", area="area_code", holder=_HOUSEHOLD)
    changes.drop_grids(op)
