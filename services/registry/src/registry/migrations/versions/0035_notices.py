"""Public notices (公示公告).

Revision ID: 0035
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
CREATE TABLE notice (
    id            uuid NOT NULL,
    kind          text NOT NULL,
    area_code     text COLLATE "C" NOT NULL,
    area_name     text NOT NULL,
    first_on      date NOT NULL,
    last_on       date NOT NULL,
    issuer        text NOT NULL,
    contact       text,
    rows          jsonb NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    withdrawn_at  timestamptz,
    withdrawn_by  text,
    withdrawn_why text,
    CONSTRAINT notice_pkey PRIMARY KEY (id),
    CONSTRAINT notice_days_check CHECK (first_on <= last_on)
);
CREATE INDEX notice_area_code_idx ON notice (area_code, id)""")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE notice")
