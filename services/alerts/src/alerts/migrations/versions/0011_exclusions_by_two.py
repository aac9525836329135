"""An exclusion waits for a second person; caps of the day are told in the feed; refused decisions are settled.

Revision ID: 0011
"""

from __future__ import annotations

from alembic import op

from servicekit import conflicts
from servicekit.online_ddl import widen_check

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('raised', 'escalated', 'resolved', 'overdue', 'changed', 'moved', 'capped')"
_SUBJECT = "kind = 'capped' OR (clue_id IS NOT NULL AND risk_type IS NOT NULL)"


def upgrade() -> None:
    """Add the decisions, and what waits for one."""
    op.execute("""
    ALTER TABLE clue ADD COLUMN exclusion_id uuid;
    COMMENT ON COLUMN clue.exclusion_id IS 'the verification that would exclude it, until a second person has said';
    CREATE TABLE exclusion_decision (
        verification_id uuid PRIMARY KEY REFERENCES verification (id),
        clue_id         uuid NOT NULL REFERENCES clue (id),
        town_code       text NOT NULL,
        agrees          boolean NOT NULL,
        note            text NOT NULL,
        decided_by      text NOT NULL,
        decided_at      timestamptz NOT NULL
    );
    CREATE INDEX exclusion_decision_clue_id_idx ON exclusion_decision (clue_id);
    CREATE INDEX exclusion_decision_town_idx ON exclusion_decision (town_code, decided_at);
    COMMENT ON COLUMN exclusion_decision.town_code IS 'where the clue was then: so many a day are excluded there';
    """)
    op.execute("ALTER TABLE alert ALTER COLUMN clue_id DROP NOT NULL, ALTER COLUMN risk_type DROP NOT NULL")
    op.execute(f"ALTER TABLE alert ADD CONSTRAINT alert_subject_check CHECK ({_SUBJECT}) NOT VALID")
    widen_check("alert", "alert_kind_check", _KINDS)
    conflicts.add_settling(op)


def downgrade() -> None:
    """Drop it; caps are forgotten."""
    conflicts.drop_settling(op)
    op.execute("DELETE FROM alert WHERE kind = 'capped'")
    op.execute("ALTER TABLE alert DROP CONSTRAINT alert_subject_check")
    op.execute("ALTER TABLE alert ALTER COLUMN clue_id SET NOT NULL, ALTER COLUMN risk_type SET NOT NULL")
    op.execute("ALTER TABLE clue DROP COLUMN exclusion_id")
    op.execute("DROP TABLE exclusion_decision")
