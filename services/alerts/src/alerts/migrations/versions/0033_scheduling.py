"""Scheduling of months and quarters with what it decided, and the months' reports on rectification.

Revision ID: 0033
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is recorded yet: the periodic job asks each county from this month on."""
    op.execute("""
    CREATE TABLE scheduling (
        id            uuid PRIMARY KEY,
        area_code     text COLLATE "C" NOT NULL,
        period        text NOT NULL CHECK (period ~ '^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$'),
        held_on       date NOT NULL,
        chaired_by    text NOT NULL,
        topics        jsonb NOT NULL,
        summary       text NOT NULL,
        recorded_on   date NOT NULL,
        recorded_by   text NOT NULL,
        recorded_at   timestamptz NOT NULL,
        cancelled_at  timestamptz,
        cancelled_by  text,
        cancelled_why text,
        CONSTRAINT scheduling_cancelled_check CHECK (
            (cancelled_at IS NULL) = (cancelled_by IS NULL) AND (cancelled_at IS NULL) = (cancelled_why IS NULL))
    );
    CREATE INDEX scheduling_area_code_period_idx ON scheduling (area_code, period);

    CREATE TABLE scheduling_item (
        id            uuid PRIMARY KEY,
        scheduling_id uuid NOT NULL REFERENCES scheduling (id),
        place         int NOT NULL,
        what          text NOT NULL,
        area_code     text COLLATE "C" NOT NULL,
        department    text,
        counts_from   date NOT NULL,
        due_on        date NOT NULL,
        state         text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
        version       int NOT NULL,
        closed_on     date,
        done_on       date,
        note          text,
        closed_by     text,
        CONSTRAINT scheduling_item_place UNIQUE (scheduling_id, place),
        CONSTRAINT scheduling_item_closed_check CHECK (
            (state = 'open') = (closed_on IS NULL) AND (state = 'open') = (closed_by IS NULL)),
        CONSTRAINT scheduling_item_done_check CHECK ((state = 'done') = (done_on IS NOT NULL))
    );

    CREATE TABLE rectification_report (
        id        uuid PRIMARY KEY,
        area_code text COLLATE "C" NOT NULL,
        period    text NOT NULL CHECK (period ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$'),
        version   int NOT NULL,
        rows      jsonb NOT NULL,
        note      text NOT NULL,
        given_on  date NOT NULL,
        given_by  text NOT NULL,
        given_at  timestamptz NOT NULL,
        CONSTRAINT rectification_report_version UNIQUE (area_code, period, version)
    );
    """)


def downgrade() -> None:
    """Drop them; their duties are forgotten."""
    op.execute("""
    DELETE FROM duty_note WHERE duty_id ~ '^(D14|D15|Y01|Y02)-';
    DELETE FROM duty WHERE kind IN ('D14', 'D15', 'Y01', 'Y02');
    DROP TABLE rectification_report;
    DROP TABLE scheduling_item;
    DROP TABLE scheduling;
    """)
