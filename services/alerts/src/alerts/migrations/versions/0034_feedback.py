"""What became of departments' findings, in rounds that the department acknowledges.

Revision ID: 0034
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is told of what was decided before: departments read that with their findings."""
    op.execute("""
    CREATE TABLE feedback_round (
        id              uuid PRIMARY KEY,
        area_code       text COLLATE "C" NOT NULL,
        department      text NOT NULL,
        opened_on       date NOT NULL,
        due_on          date NOT NULL,
        acknowledged_on date,
        acknowledged_by text,
        CONSTRAINT feedback_round_acknowledged_check CHECK ((acknowledged_on IS NULL) = (acknowledged_by IS NULL))
    );
    CREATE UNIQUE INDEX feedback_round_open_key ON feedback_round (area_code, department)
        WHERE acknowledged_on IS NULL;
    CREATE INDEX feedback_round_area_code_id_idx ON feedback_round (area_code, id);

    CREATE TABLE finding_feedback (
        clue_id      uuid NOT NULL REFERENCES clue (id),
        finding_id   text NOT NULL,
        round_id     uuid NOT NULL REFERENCES feedback_round (id),
        rule_id      text NOT NULL,
        period       text,
        household_id text NOT NULL,
        person_id    text,
        area_code    text COLLATE "C" NOT NULL,
        result       text NOT NULL,
        reason       text,
        decided_on   date NOT NULL,
        PRIMARY KEY (clue_id, finding_id)
    );
    CREATE INDEX finding_feedback_round_id_finding_id_idx ON finding_feedback (round_id, finding_id);
    COMMENT ON TABLE finding_feedback IS 'What a verification said of a finding; never changed.';
    """)


def downgrade() -> None:
    """Drop them; their duties are forgotten."""
    op.execute("""
    DELETE FROM duty_note WHERE duty_id ~ '^D17-';
    DELETE FROM duty WHERE kind = 'D17';
    DROP TABLE finding_feedback;
    DROP TABLE feedback_round;
    """)
