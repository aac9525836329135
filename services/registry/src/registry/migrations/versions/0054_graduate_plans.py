"""Plans of graduates of former poor households.

Revision ID: 0054
"""

from __future__ import annotations

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
CREATE TABLE graduate_plan (
    person_id   uuid NOT NULL,
    version     int NOT NULL,
    needs       text[] NOT NULL,
    measures    jsonb NOT NULL,
    responsible uuid NOT NULL,
    made_on     date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT graduate_plan_pkey PRIMARY KEY (person_id, version),
    CONSTRAINT graduate_plan_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);
COMMENT ON TABLE graduate_plan IS 'A revision of a graduate''s plan; the highest holds.';
""")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE graduate_plan")
