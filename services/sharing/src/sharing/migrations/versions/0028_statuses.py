"""What departments' data say of the four guarantees of households.

Revision ID: 0028
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next comparison fills it."""
    op.execute("""
    CREATE TABLE status_claim (
        household_id text COLLATE "C" NOT NULL,
        dataset      text COLLATE "C" NOT NULL,
        guarantee    text NOT NULL,
        is_safe      boolean NOT NULL,
        as_of        date NOT NULL,
        facts        jsonb NOT NULL,
        period       text COLLATE "C" NOT NULL,
        run_id       text NOT NULL,
        claimed_at   timestamptz NOT NULL,
        withdrawn_by text,
        withdrawn_at timestamptz,
        CONSTRAINT status_claim_pkey PRIMARY KEY (household_id, dataset),
        CONSTRAINT status_claim_guarantee_check CHECK (guarantee IN ('education', 'medical', 'housing', 'water')),
        CONSTRAINT status_claim_withdrawn_check CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
    );
    CREATE INDEX status_claim_run_id_idx ON status_claim (run_id);
    CREATE INDEX status_claim_withdrawn_by_idx ON status_claim (withdrawn_by) WHERE withdrawn_by IS NOT NULL;
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE status_claim")
