"""Who was given the page of a notice is recorded.

Revision ID: 0043
"""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
CREATE TABLE notice_print (
    id         uuid NOT NULL,
    notice_id  uuid NOT NULL,
    form       text NOT NULL,
    printed_at timestamptz NOT NULL,
    printed_by text NOT NULL,
    CONSTRAINT notice_print_pkey PRIMARY KEY (id),
    CONSTRAINT notice_print_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES notice (id)
);
CREATE INDEX notice_print_notice_id_idx ON notice_print (notice_id, id)""")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE notice_print")
