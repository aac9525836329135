"""What names a photo or scan, which ones were taken back, and those of a measure.

Revision ID: 0029
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE attachment_use (
    household_id uuid NOT NULL,
    sha256       text NOT NULL,
    kind         text NOT NULL,
    subject_id   text NOT NULL,
    named_at     timestamptz NOT NULL,
    CONSTRAINT attachment_use_pkey PRIMARY KEY (household_id, sha256, kind, subject_id)
);
COMMENT ON TABLE attachment_use IS 'What names a photo or scan: it is evidence then, and stays.';

CREATE TABLE attachment_removal (
    id           uuid NOT NULL,
    household_id uuid NOT NULL,
    sha256       text NOT NULL,
    media_type   text NOT NULL,
    size_bytes   int NOT NULL,
    kept_at      timestamptz NOT NULL,
    removed_at   timestamptz NOT NULL,
    removed_by   text NOT NULL,
    CONSTRAINT attachment_removal_pkey PRIMARY KEY (id)
);
CREATE INDEX attachment_removal_household_idx ON attachment_removal (household_id, removed_at);
COMMENT ON TABLE attachment_removal IS 'Photos and scans that nothing named, taken back by who had sent them.';

ALTER TABLE measure ADD COLUMN attachments text[] NOT NULL DEFAULT '{}';
"""
_NAMED = """
INSERT INTO attachment_use (household_id, sha256, kind, subject_id, named_at)
SELECT c.household_id, n.sha256, 'contact', c.id::text, c.recorded_at
FROM contact c, unnest(c.attachments) AS n (sha256)
UNION
SELECT a.household_id, a.sha256, 'step', s.episode_id || '/' || s.sequence, s.recorded_at
FROM attachment a JOIN episode e ON e.household_id = a.household_id JOIN episode_step s ON s.episode_id = e.id
WHERE strpos(s.record::text, a.sha256) > 0
"""


def upgrade() -> None:
    """What contacts and steps have named so far is evidence."""
    op.execute(_CREATE)
    op.execute(_NAMED)


def downgrade() -> None:
    """Forget it; contacts and steps name what they named."""
    op.execute("ALTER TABLE measure DROP COLUMN attachments; DROP TABLE attachment_removal; DROP TABLE attachment_use")
