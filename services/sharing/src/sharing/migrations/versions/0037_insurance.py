"""The insurance ledger.

Revision ID: 0037
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next comparison fills it."""
    op.execute("""
    CREATE TABLE insurance_year (
        year          int NOT NULL,
        household_id  text COLLATE "C" NOT NULL,
        person_id     text COLLATE "C" NOT NULL,
        period        text COLLATE "C" NOT NULL,
        is_enrolled   boolean,
        scheme        text,
        paid_on       date,
        premium       numeric(14, 2),
        subsidy       numeric(14, 2),
        has_cost      boolean,
        cost_to       date,
        total         numeric(14, 2),
        basic_paid    numeric(14, 2),
        critical_paid numeric(14, 2),
        aid_paid      numeric(14, 2),
        self_paid     numeric(14, 2),
        told_at       timestamptz NOT NULL,
        CONSTRAINT insurance_year_pkey PRIMARY KEY (year, household_id, person_id)
    );
    COMMENT ON COLUMN insurance_year.is_enrolled IS 'Null: no list says, neither way.';
    COMMENT ON COLUMN insurance_year.has_cost IS 'Null: no list says; false: a whole list has nothing of the person.';
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE insurance_year")
