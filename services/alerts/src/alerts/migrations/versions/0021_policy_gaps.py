"""Policy gaps, what was said to them, and their alerts; whose rule found what speaks for a clue.

Of the sources there are nobody knows whose rule it was; a gap of one falls to the department of its risk.

Revision ID: 0021
"""

from __future__ import annotations

from alembic import op

from servicekit.online_ddl import widen_check

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KINDS_BEFORE = "'raised', 'escalated', 'resolved', 'overdue', 'changed', 'moved', 'capped', 'duty_near', 'duty_late'"
_OTHERS_BEFORE = "'capped', 'duty_near', 'duty_late'"


def _checks(kinds: str, without_clue: str) -> None:
    widen_check("alert", "alert_kind_check", f"kind IN ({kinds})")
    widen_check(
        "alert",
        "alert_subject_check",
        f"kind IN ({without_clue}) OR (clue_id IS NOT NULL AND risk_type IS NOT NULL)",
    )


def upgrade() -> None:
    """Nobody owes anything yet: the periodic job opens what confirmed clues have departments owe."""
    op.execute("""
    ALTER TABLE clue_source ADD COLUMN department text;
    ALTER TABLE duty ADD COLUMN person_id text;

    CREATE TABLE policy_gap (
        id            uuid PRIMARY KEY,
        clue_id       uuid NOT NULL REFERENCES clue (id),
        department    text NOT NULL,
        rule_id       text,
        person_id     text,
        state         text NOT NULL CHECK (state IN ('open', 'returned', 'closed', 'withdrawn')),
        version       int NOT NULL CHECK (version >= 1),
        counts_from   date NOT NULL,
        due_on        date NOT NULL,
        result        text CHECK (result IN ('granted', 'refused', 'not_applicable')),
        reason        text,
        granted_on    date,
        answered_on   date,
        returned_on   date,
        review_due_on date,
        reviewed_on   date,
        withdrawn_on  date,
        updated_at    timestamptz NOT NULL,
        CONSTRAINT policy_gap_thing UNIQUE NULLS NOT DISTINCT (clue_id, department, rule_id, person_id),
        CONSTRAINT policy_gap_answer_check CHECK ((result IS NULL) = (answered_on IS NULL)),
        CONSTRAINT policy_gap_granted_check CHECK ((result IS NOT DISTINCT FROM 'granted') = (granted_on IS NOT NULL)),
        CONSTRAINT policy_gap_review_check CHECK ((returned_on IS NULL) = (review_due_on IS NULL)),
        CONSTRAINT policy_gap_withdrawn_check CHECK ((state = 'withdrawn') = (withdrawn_on IS NOT NULL))
    );
    CREATE INDEX policy_gap_department_id_idx ON policy_gap (department, id);

    CREATE TABLE policy_gap_step (
        gap_id     uuid NOT NULL REFERENCES policy_gap (id),
        version    int NOT NULL,
        state      text NOT NULL,
        result     text,
        reason     text,
        granted_on date,
        note       text NOT NULL,
        by         text,
        at         timestamptz NOT NULL,
        PRIMARY KEY (gap_id, version)
    );
    """)
    _checks(f"{_KINDS_BEFORE}, 'policy_gap'", f"{_OTHERS_BEFORE}, 'policy_gap'")


def downgrade() -> None:
    """Drop them; their alerts and duties are forgotten."""
    op.execute("DELETE FROM alert WHERE kind = 'policy_gap'")
    _checks(_KINDS_BEFORE, _OTHERS_BEFORE)
    op.execute("""
    DROP TABLE policy_gap_step;
    DROP TABLE policy_gap;
    DELETE FROM duty_note WHERE duty_id ~ '^G0[12]-';
    DELETE FROM duty WHERE kind IN ('G01', 'G02');
    ALTER TABLE duty DROP COLUMN person_id;
    ALTER TABLE clue_source DROP COLUMN department;
    """)
