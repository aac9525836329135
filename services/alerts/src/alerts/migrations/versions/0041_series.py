"""Series of statistics from outside, with each version of their values.

Revision ID: 0041
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was entered yet."""
    op.execute("""
    CREATE TABLE series_entry (
        id         uuid PRIMARY KEY,
        kept_by    text COLLATE "C" NOT NULL,
        series     text NOT NULL,
        area_code  text COLLATE "C" NOT NULL,
        period     text NOT NULL,
        last_on    date NOT NULL,
        version    int NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT series_entry_key UNIQUE (series, area_code, period, kept_by)
    );
    CREATE INDEX series_entry_kept_by_id_idx ON series_entry (kept_by, id);
    CREATE TABLE series_value (
        entry_id   uuid NOT NULL REFERENCES series_entry (id),
        version    int NOT NULL CHECK (version >= 1),
        value      numeric(16, 2) NOT NULL,
        source     text NOT NULL,
        note       text,
        entered_by text NOT NULL,
        entered_at timestamptz NOT NULL,
        CONSTRAINT series_value_pkey PRIMARY KEY (entry_id, version),
        CONSTRAINT series_value_note_check CHECK ((note IS NULL) = (version = 1))
    );
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE series_value; DROP TABLE series_entry")
