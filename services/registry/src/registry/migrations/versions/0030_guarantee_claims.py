"""What departments' data say of the four statuses, beside what visits found.

Revision ID: 0030
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next comparisons fill it."""
    op.execute("""
    CREATE TABLE guarantee_claim (
        household_id  uuid NOT NULL,
        source        text NOT NULL,
        version       int NOT NULL,
        kind          text NOT NULL,
        department    text NOT NULL,
        is_safe       boolean NOT NULL,
        checked_on    date NOT NULL,
        detail        jsonb NOT NULL,
        recorded_at   timestamptz NOT NULL,
        superseded_at timestamptz,
        withdrawn_at  timestamptz,
        CONSTRAINT guarantee_claim_pkey PRIMARY KEY (household_id, source, version),
        CONSTRAINT guarantee_claim_kind_check CHECK (kind IN ('education', 'medical', 'housing', 'water')),
        CONSTRAINT guarantee_claim_withdrawn_at_check CHECK (withdrawn_at IS NULL OR withdrawn_at = superseded_at)
    );
    CREATE UNIQUE INDEX guarantee_claim_standing_key ON guarantee_claim (household_id, source)
        WHERE superseded_at IS NULL;
    """)


def downgrade() -> None:
    """Drop it: what visits found stays."""
    op.execute("DROP TABLE guarantee_claim")
