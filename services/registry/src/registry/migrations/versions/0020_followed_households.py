"""In which transaction a household changed, and what left an area, for applications that were offline.

Revision ID: 0020
"""

from __future__ import annotations

from alembic import op

from servicekit import changes

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The households that there are changed in this migration."""
    changes.create(op)
    changes.follow(op, "household", area="village_code")


def downgrade() -> None:
    """Follow nothing."""
    changes.unfollow(op, "household")
    changes.drop(op)
