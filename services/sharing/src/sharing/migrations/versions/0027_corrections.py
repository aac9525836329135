"""What departments are asked to correct.

Revision ID: 0027
"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
    CREATE TABLE correction (
        id          text COLLATE "C" PRIMARY KEY,
        finding_id  uuid NOT NULL,
        dataset     text NOT NULL,
        department  text NOT NULL,
        field       text,
        why         text NOT NULL,
        proposed    text,
        state       text NOT NULL CHECK (state IN ('open', 'corrected', 'stands', 'withdrawn', 'moot')),
        reason      text,
        note        text,
        due_on      date NOT NULL,
        asked_by    text NOT NULL,
        asked_at    timestamptz NOT NULL,
        closed_by   text,
        closed_at   timestamptz,
        changed_at  timestamptz NOT NULL,
        version     int NOT NULL,
        CHECK ((state = 'open') = (closed_at IS NULL)),
        CHECK ((state = 'stands') = (reason IS NOT NULL))
    );
    -- A department is asked once at a time.
    CREATE UNIQUE INDEX correction_open_key ON correction (finding_id, dataset) WHERE state = 'open';
    CREATE INDEX correction_finding_idx ON correction (finding_id);
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE correction")
