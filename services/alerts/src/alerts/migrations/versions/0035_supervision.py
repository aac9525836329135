"""The supervision list.

Revision ID: 0035
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is on it yet."""
    op.execute("""
    CREATE TABLE supervision (
        id         uuid PRIMARY KEY,
        area_code  text COLLATE "C" NOT NULL,
        department text,
        reason     text NOT NULL,
        opened_on  date NOT NULL,
        opened_by  text NOT NULL,
        due_on     date NOT NULL CHECK (due_on >= opened_on),
        progress   jsonb NOT NULL,
        closed_on  date,
        closed_by  text CHECK (closed_by <> opened_by),
        closed_why text,
        updated_at timestamptz NOT NULL,
        CONSTRAINT supervision_closed_check CHECK (
            (closed_on IS NULL) = (closed_by IS NULL) AND (closed_on IS NULL) = (closed_why IS NULL))
    );
    CREATE INDEX supervision_area_code_id_idx ON supervision (area_code, id);
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE supervision")
