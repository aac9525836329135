"""In which transaction clues and duties changed, and what left an area, for applications that were offline.

Revision ID: 0019
"""

from __future__ import annotations

from alembic import op

from servicekit import changes

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The clues and duties that there are changed in this migration."""
    changes.create(op)
    changes.follow(op, "clue", area="area_code")
    changes.follow(op, "duty", area="area_code", department="department")


def downgrade() -> None:
    """Follow nothing."""
    changes.unfollow(op, "duty")
    changes.unfollow(op, "clue")
    changes.drop(op)
