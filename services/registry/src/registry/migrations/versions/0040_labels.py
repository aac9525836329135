"""Labels of households.

Revision ID: 0040
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one yet; the worker gives them."""
    op.execute("""
    CREATE TABLE household_label (
        household_id uuid NOT NULL,
        label        text NOT NULL,
        since_on     date NOT NULL,
        CONSTRAINT household_label_pkey PRIMARY KEY (household_id, label)
    );
    CREATE INDEX household_label_label_idx ON household_label (label, household_id);
    CREATE TABLE label_place (
        is_only       boolean NOT NULL DEFAULT true CHECK (is_only),
        changed_since text,
        computed_by   text,
        CONSTRAINT label_place_pkey PRIMARY KEY (is_only)
    );
    COMMENT ON TABLE label_place IS 'Up to which change of a household labels were given, by which year and lines.';
    INSERT INTO label_place DEFAULT VALUES;
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE household_label; DROP TABLE label_place")
