"""Inspections of a quarter: households drawn at random, each with a result.

Revision ID: 0040
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was drawn yet."""
    op.execute("""
    CREATE TABLE inspection (
        id           uuid PRIMARY KEY,
        area_code    text COLLATE "C" NOT NULL,
        period       text NOT NULL CHECK (period ~ '^20[0-9]{2}-Q[1-4]$'),
        seed         text NOT NULL,
        households   int NOT NULL CHECK (households >= 1),
        frame        jsonb NOT NULL,
        frame_digest text NOT NULL,
        due_on       date NOT NULL,
        note         text NOT NULL,
        drawn_by     text NOT NULL,
        drawn_at     timestamptz NOT NULL
    );
    COMMENT ON TABLE inspection IS 'What was drawn, by which seed and from how many; never changed.';
    CREATE INDEX inspection_area_code_id_idx ON inspection (area_code, id);

    CREATE TABLE inspection_task (
        id            uuid PRIMARY KEY,
        inspection_id uuid NOT NULL REFERENCES inspection (id),
        place         int NOT NULL,
        household_id  text NOT NULL,
        area_code     text COLLATE "C" NOT NULL,
        stratum       text NOT NULL CHECK (stratum IN ('new', 'eliminated', 'unresolved', 'excluded')),
        responsible   text,
        counts_from   date NOT NULL,
        due_on        date NOT NULL CHECK (due_on >= counts_from),
        state         text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
        version       int NOT NULL,
        visited_on    date CHECK (visited_on >= counts_from),
        finding       text CHECK (finding IN ('as_recorded', 'differs', 'nobody_there')),
        note          text,
        closed_on     date,
        closed_by     text,
        CONSTRAINT inspection_task_place UNIQUE (inspection_id, place),
        CONSTRAINT inspection_task_household UNIQUE (inspection_id, household_id),
        CONSTRAINT inspection_task_closed_check CHECK (
            (state = 'open') = (closed_on IS NULL) AND (state = 'open') = (closed_by IS NULL)),
        CONSTRAINT inspection_task_done_check CHECK ((state = 'done') = (finding IS NOT NULL)
            AND (finding IS NULL) = (visited_on IS NULL) AND (finding IS NULL) = (note IS NULL))
    );
    COMMENT ON TABLE inspection_task IS 'A household that was drawn; its area is where it lived then.';
    CREATE INDEX inspection_task_household_id_idx ON inspection_task (household_id);
    """)


def downgrade() -> None:
    """Drop them, with the duties that came of them."""
    op.execute("DROP TABLE inspection_task; DROP TABLE inspection; DELETE FROM duty WHERE kind = 'Y03'")
