"""The life of rules: where one was retired or activated, by whom and why.

Revision ID: 0038
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; without a step a rule that ships is active."""
    op.execute("""
    CREATE TABLE rule_step (
        number       bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT rule_step_pkey PRIMARY KEY,
        rule_id      text COLLATE "C" NOT NULL,
        rule_version int NOT NULL,
        digest       text NOT NULL,
        area_code    text COLLATE "C" NOT NULL,
        state        text NOT NULL CONSTRAINT rule_step_state_check CHECK (state IN ('active', 'retired')),
        reason       text NOT NULL,
        decided_by   text NOT NULL,
        decided_at   timestamptz NOT NULL
    );
    CREATE INDEX rule_step_newest ON rule_step (rule_id, area_code, number DESC);
    COMMENT ON COLUMN rule_step.digest IS 'SHA-256 of the declaration that was decided about.';
    """)


def downgrade() -> None:
    """Drop it: every rule is active again."""
    op.execute("DROP TABLE rule_step")
