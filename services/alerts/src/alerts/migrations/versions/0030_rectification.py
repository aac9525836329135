"""The rectification ledger: problems that are to be put right, and what became of them.

Revision ID: 0030
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The ledger is empty; nobody has a duty of it yet."""
    op.execute("""
    CREATE TABLE rectification (
        id               uuid PRIMARY KEY,
        area_code        text COLLATE "C" NOT NULL,
        department       text,
        unit             text NOT NULL,
        person           text,
        source           text NOT NULL,
        source_document  text NOT NULL,
        problem_class    text NOT NULL,
        problem          text NOT NULL,
        measure          text NOT NULL,
        households       int CHECK (households >= 0),
        found_on         date NOT NULL,
        counts_from      date NOT NULL,
        due_on           date NOT NULL,
        state            text NOT NULL CHECK (state IN ('open', 'rectifying', 'submitted', 'cleared', 'looked_back')),
        version          int NOT NULL,
        recurs_of        uuid REFERENCES rectification (id),
        is_recurring     boolean NOT NULL,
        reopened         int NOT NULL,
        submitted_on     date,
        check_due_on     date,
        cleared_on       date,
        cleared_by       text,
        look_back_due_on date,
        looked_back_on   date,
        registered_on    date NOT NULL,
        updated_at       timestamptz NOT NULL,
        CONSTRAINT rectification_due_check CHECK (due_on >= found_on),
        CONSTRAINT rectification_submitted_check
            CHECK ((state IN ('open', 'rectifying')) = (submitted_on IS NULL)
                AND (submitted_on IS NULL) = (check_due_on IS NULL)),
        CONSTRAINT rectification_cleared_check
            CHECK ((state IN ('cleared', 'looked_back')) = (cleared_on IS NOT NULL)
                AND (cleared_on IS NULL) = (look_back_due_on IS NULL)
                AND (cleared_on IS NULL) = (cleared_by IS NULL)),
        CONSTRAINT rectification_recurring_check CHECK (is_recurring OR recurs_of IS NULL)
    );
    CREATE INDEX rectification_area_code_idx ON rectification (area_code, id);
    CREATE INDEX rectification_department_id_idx ON rectification (department, id);
    CREATE INDEX rectification_unit_problem_class_idx ON rectification (unit, problem_class, cleared_on);
    CREATE INDEX rectification_recurs_of_idx ON rectification (recurs_of);

    CREATE TABLE rectification_step (
        rectification_id uuid NOT NULL REFERENCES rectification (id),
        version          int NOT NULL,
        action           text NOT NULL,
        state            text NOT NULL,
        due_on           date NOT NULL,
        note             text NOT NULL,
        evidence         jsonb NOT NULL,
        by               text NOT NULL,
        said_on          date NOT NULL,
        at               timestamptz NOT NULL,
        PRIMARY KEY (rectification_id, version)
    );
    COMMENT ON TABLE rectification_step IS 'What somebody did with a problem; never changed.';
    """)


def downgrade() -> None:
    """Drop them; their duties are forgotten."""
    op.execute("""
    DELETE FROM duty_note WHERE duty_id ~ '^Z0[1-4]-';
    DELETE FROM duty WHERE kind IN ('Z01', 'Z02', 'Z03', 'Z04');
    DROP TABLE rectification_step;
    DROP TABLE rectification;
    """)
