"""What departments decided together, about clues or a topic.

Revision ID: 0032
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was decided yet."""
    op.execute("""
    CREATE TABLE consultation (
        id                uuid PRIMARY KEY,
        area_code         text COLLATE "C" NOT NULL,
        topic             text NOT NULL,
        held_on           date NOT NULL,
        departments       text[] NOT NULL,
        persons           text[] NOT NULL,
        clue_ids          uuid[] NOT NULL,
        opinion           text NOT NULL,
        decisions         jsonb NOT NULL,
        recorded_by       text NOT NULL,
        recorded_at       timestamptz NOT NULL,
        withdrawn_by      text,
        withdrawn_at      timestamptz,
        withdrawn_because text,
        CONSTRAINT consultation_departments_check CHECK (cardinality(departments) >= 2),
        CONSTRAINT consultation_withdrawn_check
            CHECK (num_nulls(withdrawn_by, withdrawn_at, withdrawn_because) IN (0, 3))
    );
    CREATE INDEX consultation_clue_ids_idx ON consultation USING gin (clue_ids);
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("DROP TABLE consultation")
