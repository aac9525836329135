"""A region's policy profile is confirmed by a second person.

Revision ID: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE policy_proposal (
    id             uuid NOT NULL,
    region         text COLLATE "C" NOT NULL,
    wanted         jsonb NOT NULL,
    newest_version int NOT NULL,
    state          text NOT NULL DEFAULT 'open',
    proposed_by    text NOT NULL,
    proposed_at    timestamptz NOT NULL,
    decided_by     text,
    decided_at     timestamptz,
    note           text,
    version        int,
    CONSTRAINT policy_proposal_pkey PRIMARY KEY (id),
    CONSTRAINT policy_proposal_region_check CHECK (region ~ '^[0-9]{12}$'),
    CONSTRAINT policy_proposal_state_check CHECK (state IN ('open', 'confirmed', 'rejected')),
    CONSTRAINT policy_proposal_decided_check CHECK ((state = 'open') = (decided_by IS NULL)),
    CONSTRAINT policy_proposal_two_check CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE INDEX policy_proposal_region_idx ON policy_proposal (region);
ALTER TABLE policy_profile ADD COLUMN confirmed_by text;
"""


def upgrade() -> None:
    """Versions that hold were set by one; what is set from now on names both."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget what waits, and who confirmed."""
    op.execute("ALTER TABLE policy_profile DROP COLUMN confirmed_by; DROP TABLE policy_proposal")
