"""Photos and scans of households, who looked at them, and which ones a contact has.

Revision ID: 0023
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE attachment (
    household_id uuid NOT NULL,
    sha256       text NOT NULL,
    media_type   text NOT NULL,
    size_bytes   int NOT NULL,
    sealed_key   text NOT NULL,
    data         bytea NOT NULL,
    kept_at      timestamptz NOT NULL,
    kept_by      text NOT NULL,
    CONSTRAINT attachment_pkey PRIMARY KEY (household_id, sha256)
);
-- Sealed bytes do not get smaller.
ALTER TABLE attachment ALTER COLUMN data SET STORAGE EXTERNAL;
COMMENT ON TABLE attachment IS 'Photos and scans, sealed each with a key of its own, which sealed_key holds sealed.';

CREATE TABLE attachment_look (
    id           uuid NOT NULL,
    household_id uuid NOT NULL,
    sha256       text NOT NULL,
    actor        text NOT NULL,
    purpose_code text NOT NULL,
    looked_at    timestamptz NOT NULL,
    CONSTRAINT attachment_look_pkey PRIMARY KEY (id)
);
CREATE INDEX attachment_look_actor_idx ON attachment_look (actor, looked_at);
COMMENT ON TABLE attachment_look IS 'Who looked at which attachment and why, written before it was shown.';

ALTER TABLE contact ADD COLUMN attachments text[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE contact DROP COLUMN attachments; DROP TABLE attachment_look; DROP TABLE attachment")
