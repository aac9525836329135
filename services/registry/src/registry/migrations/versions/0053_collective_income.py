"""What villages distributed of their collective income.

Revision ID: 0053
"""

from __future__ import annotations

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
CREATE TABLE collective_income (
    village_code text COLLATE "C" NOT NULL,
    year         int NOT NULL,
    version      int NOT NULL,
    income       numeric(14, 2) NOT NULL,
    distributed  numeric(14, 2) NOT NULL,
    households   int NOT NULL,
    settled_on   date NOT NULL,
    evidence     text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT collective_income_pkey PRIMARY KEY (village_code, year, version),
    CONSTRAINT collective_income_amounts_check CHECK (distributed BETWEEN 0 AND income AND households >= 0)
);
COMMENT ON TABLE collective_income IS 'What became of a village''s collective income of a year (村集体收益分配).';
""")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE collective_income")
