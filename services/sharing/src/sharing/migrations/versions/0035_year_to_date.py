"""What the quarters of a year have brought a household so far, for the forecast of the year.

Revision ID: 0029
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The next snapshot of each household tells."""
    op.execute(
        "ALTER TABLE directory_household ADD COLUMN to_date_year integer, ADD COLUMN to_date_quarters integer,"
        " ADD COLUMN to_date_net numeric(14, 2)"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(
        "ALTER TABLE directory_household DROP COLUMN to_date_year, DROP COLUMN to_date_quarters,"
        " DROP COLUMN to_date_net"
    )
