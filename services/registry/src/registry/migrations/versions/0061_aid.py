"""What departments gave households, as their own lists say.

Revision ID: 0061
"""

from __future__ import annotations

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next comparisons fill it."""
    op.execute("""
    CREATE TABLE aid (
        aid_id        uuid NOT NULL,
        version       int NOT NULL,
        household_id  uuid NOT NULL,
        person_id     uuid NOT NULL,
        dataset       text NOT NULL,
        department    text NOT NULL,
        category      text NOT NULL,
        title         jsonb NOT NULL,
        name          text,
        given_on      date,
        until         date,
        amount        numeric(14, 2),
        income        text,
        period        text NOT NULL,
        recorded_at   timestamptz NOT NULL,
        superseded_at timestamptz,
        ended_at      timestamptz,
        was_wrong     boolean,
        CONSTRAINT aid_pkey PRIMARY KEY (aid_id, version),
        CONSTRAINT aid_ended_check CHECK ((ended_at IS NULL) = (was_wrong IS NULL))
    );
    CREATE UNIQUE INDEX aid_standing_key ON aid (aid_id) WHERE superseded_at IS NULL;
    CREATE INDEX aid_household_idx ON aid (household_id);
    CREATE INDEX aid_person_idx ON aid (person_id);
    """)


def downgrade() -> None:
    """Drop it; the lists tell it again."""
    op.execute("DROP TABLE aid")
