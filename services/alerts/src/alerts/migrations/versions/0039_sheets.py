"""Sheets of a period's figures, as they were frozen and issued.

Revision ID: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was made yet."""
    op.execute("""
    CREATE TABLE sheet (
        id         uuid PRIMARY KEY,
        kind       text NOT NULL,
        period     text NOT NULL,
        area_code  text COLLATE "C" NOT NULL,
        version    int NOT NULL CHECK (version >= 1),
        title      text NOT NULL,
        content    jsonb NOT NULL,
        digest     text NOT NULL,
        note       text NOT NULL,
        through    date NOT NULL,
        frozen_by  text NOT NULL,
        frozen_at  timestamptz NOT NULL,
        issued_by  text CHECK (issued_by <> frozen_by),
        issued_at  timestamptz,
        CONSTRAINT sheet_issued_check CHECK ((issued_by IS NULL) = (issued_at IS NULL)),
        UNIQUE (area_code, kind, period, version)
    );
    COMMENT ON TABLE sheet IS 'As it was frozen: never changed, issued once. What is read of it is cut for the reader.';
    CREATE INDEX sheet_area_code_id_idx ON sheet (area_code, id);
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE sheet")
