"""Petitions and public opinion, and what became of them.

Revision ID: 0036
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has come in yet."""
    op.execute("""
    CREATE TABLE petition (
        id                 uuid PRIMARY KEY,
        county_code        text COLLATE "C" NOT NULL,
        source             text NOT NULL,
        ticket_no          text NOT NULL,
        category           text NOT NULL,
        received_on        date NOT NULL,
        area_code          text COLLATE "C" NOT NULL,
        household_id       text,
        petitioner         text,
        summary            text NOT NULL CHECK (length(summary) <= 200),
        origin             text NOT NULL,
        department         text,
        counts_from        date NOT NULL,
        due_on             date NOT NULL,
        is_estimate        boolean NOT NULL,
        state              text NOT NULL CHECK (state IN ('open', 'disposed', 'closed', 'withdrawn')),
        version            int NOT NULL,
        clue_source_id     uuid,
        disposal           text,
        disposed_by        text,
        disposed_on        date,
        answered_on        date,
        unanswered_because text,
        satisfaction       text,
        confirm_due_on     date,
        closed_on          date,
        closed_by          text CHECK (closed_by <> disposed_by),
        reopened           int NOT NULL,
        registered_by      text NOT NULL,
        registered_on      date NOT NULL,
        updated_at         timestamptz NOT NULL,
        CONSTRAINT petition_due_check CHECK (due_on >= counts_from),
        CONSTRAINT petition_petitioner_check CHECK (petitioner IS NULL OR source <> 'opinion'),
        CONSTRAINT petition_disposed_check CHECK (
            (state IN ('disposed', 'closed')) = (disposal IS NOT NULL)
            AND (disposal IS NULL) = (disposed_by IS NULL) AND (disposal IS NULL) = (disposed_on IS NULL)
            AND (disposal IS NULL) = (confirm_due_on IS NULL)),
        CONSTRAINT petition_answered_check CHECK (
            num_nonnulls(answered_on, unanswered_because) <= 1 AND (answered_on IS NOT NULL OR satisfaction IS NULL)
            AND (disposal IS NULL OR source = 'opinion' OR num_nonnulls(answered_on, unanswered_because) = 1)),
        CONSTRAINT petition_closed_check CHECK (
            (state = 'closed') = (closed_on IS NOT NULL) AND (closed_on IS NULL) = (closed_by IS NULL))
    );
    CREATE UNIQUE INDEX petition_ticket_idx ON petition (county_code, source, ticket_no) WHERE state <> 'withdrawn';
    CREATE INDEX petition_area_code_id_idx ON petition (area_code, id);
    CREATE INDEX petition_department_id_idx ON petition (department, id);

    CREATE TABLE petition_step (
        petition_id uuid NOT NULL REFERENCES petition (id),
        version     int NOT NULL,
        action      text NOT NULL,
        state       text NOT NULL,
        due_on      date NOT NULL,
        note        text NOT NULL,
        by          text NOT NULL,
        at          timestamptz NOT NULL,
        PRIMARY KEY (petition_id, version)
    );
    COMMENT ON TABLE petition_step IS 'What somebody did with an item; never changed.';
    """)


def downgrade() -> None:
    """Drop them; their duties are forgotten."""
    op.execute("""
    DELETE FROM duty_note WHERE duty_id ~ '^E0[1-3]-';
    DELETE FROM duty WHERE kind IN ('E01', 'E02', 'E03');
    DROP TABLE petition_step;
    DROP TABLE petition;
    """)
