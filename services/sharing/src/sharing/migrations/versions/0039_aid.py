"""What departments gave households, as their lists say.

Revision ID: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next comparison fills it."""
    op.execute("""
    CREATE TABLE aid (
        aid_id       text COLLATE "C" NOT NULL,
        household_id text COLLATE "C" NOT NULL,
        person_id    text COLLATE "C" NOT NULL,
        dataset      text COLLATE "C" NOT NULL,
        named_by     text,
        given_on     date,
        until        date,
        amount       numeric(14, 2),
        row_period   text COLLATE "C" NOT NULL,
        period       text COLLATE "C" NOT NULL,
        run_id       text NOT NULL,
        told_at      timestamptz NOT NULL,
        ended_by     text,
        was_wrong    boolean,
        ended_at     timestamptz,
        CONSTRAINT aid_pkey PRIMARY KEY (aid_id),
        CONSTRAINT aid_ended_check CHECK ((ended_at IS NULL) = (ended_by IS NULL)
            AND (ended_at IS NULL) = (was_wrong IS NULL))
    );
    CREATE INDEX aid_person_idx ON aid (person_id);
    CREATE INDEX aid_run_idx ON aid (run_id);
    CREATE INDEX aid_ended_by_idx ON aid (ended_by) WHERE ended_by IS NOT NULL;
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE aid")
