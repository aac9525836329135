"""Changes of a household are asked for, and approved by somebody else where the policy says so.

Revision ID: 0036
"""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE change_request (
    id              uuid NOT NULL,
    household_id    uuid NOT NULL,
    kind            text NOT NULL,
    state           text NOT NULL,
    occurred_on     date NOT NULL,
    reason          text NOT NULL,
    evidence        text[] NOT NULL,
    sealed          text NOT NULL,
    shown           jsonb NOT NULL,
    touches         text[] NOT NULL,
    rests_on        text[] NOT NULL,
    seen_version    int NOT NULL,
    level           text,
    requested_by    text NOT NULL,
    requested_at    timestamptz NOT NULL,
    due_on          date,
    decided_by      text,
    decided_at      timestamptz,
    note            text,
    other_id        uuid,
    applied_version int,
    CONSTRAINT change_request_pkey PRIMARY KEY (id),
    CONSTRAINT change_request_household_id_fkey FOREIGN KEY (household_id) REFERENCES household (id),
    CONSTRAINT change_request_state_check CHECK (state IN ('proposed', 'applied', 'refused', 'withdrawn')),
    CONSTRAINT change_request_level_check CHECK (level IN ('township', 'county')),
    CONSTRAINT change_request_decided_check CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT change_request_applied_check CHECK ((state = 'applied') = (applied_version IS NOT NULL)),
    CONSTRAINT change_request_second_person_check
        CHECK (state <> 'applied' OR level IS NULL OR decided_by <> requested_by)
);
CREATE INDEX change_request_household_id_idx ON change_request (household_id, id);
CREATE INDEX change_request_state_idx ON change_request (state, id);
COMMENT ON TABLE change_request IS 'What was asked for about a household, and what became of it.';
"""

_VIA = """
ALTER TABLE identity_match DROP CONSTRAINT identity_match_via_check,
    ADD CONSTRAINT identity_match_via_check CHECK (via IN ({})) NOT VALID
"""
_BEFORE = "'import', 'register', 'patch', 'correction'"


def upgrade() -> None:
    """Nothing was asked for yet."""
    op.execute(_CREATE)
    op.execute(_VIA.format(f"{_BEFORE}, 'change_request'"))


def downgrade() -> None:
    """What was applied stays in the history of the households."""
    op.execute("DROP TABLE change_request")
    op.execute(_VIA.format(_BEFORE))
