"""Rows that are of no person, as they counted in each month.

Revision ID: 0032
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the next comparison of a month fills them."""
    op.execute("""
    CREATE TABLE ledger_month (
        dataset    text COLLATE "C" NOT NULL,
        period     text COLLATE "C" NOT NULL,
        commit_seq bigint NOT NULL,
        run_id     text NOT NULL,
        read_at    timestamptz NOT NULL,
        CONSTRAINT ledger_month_pkey PRIMARY KEY (dataset, period)
    );
    CREATE TABLE ledger_row (
        dataset     text COLLATE "C" NOT NULL,
        period      text COLLATE "C" NOT NULL,
        token       text COLLATE "C" NOT NULL,
        area_code   text COLLATE "C" NOT NULL,
        fields      jsonb NOT NULL,
        delivery_id text NOT NULL,
        CONSTRAINT ledger_row_pkey PRIMARY KEY (dataset, period, token)
    );
    CREATE INDEX ledger_row_area_idx ON ledger_row (dataset, period, area_code, token);
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE ledger_row; DROP TABLE ledger_month")
