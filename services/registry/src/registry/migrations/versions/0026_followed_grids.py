"""What left a grid, for grid workers who were offline.

Revision ID: 0026
"""

from __future__ import annotations

from alembic import op

from servicekit import changes

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody with a grid has a token yet: what there is is told on the first pages."""
    changes.create_grids(op)
    changes.follow_grid(op, "household", area="village_code")


def downgrade() -> None:
    """Follow areas alone."""
    changes.unfollow_grid(op, "household", area="village_code")
    changes.drop_grids(op)
