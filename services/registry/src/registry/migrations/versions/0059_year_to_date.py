"""What the quarters of a year have brought a household so far, from its first one on: the rules forecast the year.

Revision ID: 0056
"""

from __future__ import annotations

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


FILLS = "Households with a quarter's income: some hundreds in a county."


def upgrade() -> None:
    """Add the columns, and fill them as the service does from now on."""
    op.execute(
        "ALTER TABLE household ADD COLUMN to_date_year integer, ADD COLUMN to_date_quarters integer,"
        " ADD COLUMN to_date_net numeric(14, 2)"
    )
    op.execute(
        "WITH quarter AS (SELECT household_id, CAST(extract(year FROM period_to) AS integer) AS year,"
        " CAST(extract(quarter FROM period_to) AS integer) AS number, net FROM income_snapshot"
        " WHERE kind = 'quarter' AND superseded_at IS NULL),"
        " counted AS (SELECT *, row_number() OVER year_of AS place, sum(net) OVER year_of AS so_far FROM quarter"
        " WINDOW year_of AS (PARTITION BY household_id, year ORDER BY number)),"
        " newest AS (SELECT DISTINCT ON (household_id) * FROM counted WHERE number = place"
        " ORDER BY household_id, year DESC, number DESC)"
        " UPDATE household h SET to_date_year = n.year, to_date_quarters = n.number, to_date_net = n.so_far"
        " FROM newest n WHERE n.household_id = h.id"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE household DROP COLUMN to_date_year, DROP COLUMN to_date_quarters, DROP COLUMN to_date_net")
