"""What the rules of data quality have found, since when, and what became of it; when everything was looked at.

Revision ID: 0037
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE quality_error (
    id              uuid NOT NULL DEFAULT uuidv7(),
    household_id    uuid NOT NULL,
    scope           text NOT NULL,
    subject_id      uuid NOT NULL,
    rule            text NOT NULL,
    evidence        jsonb NOT NULL,
    opened_at       timestamptz NOT NULL,
    closed_at       timestamptz,
    accepted_at     timestamptz,
    accepted_by     text,
    accepted_reason text,
    CONSTRAINT quality_error_pkey PRIMARY KEY (id),
    CONSTRAINT quality_error_household_id_fkey FOREIGN KEY (household_id) REFERENCES household (id),
    CONSTRAINT quality_error_scope_check CHECK (scope IN ('person', 'household', 'episode')),
    CONSTRAINT quality_error_accepted_check
        CHECK (num_nulls(accepted_at, accepted_by, accepted_reason) IN (0, 3))
);
-- One open error of a rule about somebody, whoever looks twice or at once.
CREATE UNIQUE INDEX quality_error_open_key ON quality_error (household_id, rule, subject_id) WHERE closed_at IS NULL;
CREATE INDEX quality_error_household_id_idx ON quality_error (household_id, id);
CREATE INDEX quality_error_rule_idx ON quality_error (rule, id) WHERE closed_at IS NULL;

CREATE TABLE quality_run (
    id            uuid NOT NULL,
    area_code     text COLLATE "C" NOT NULL,
    night_of      date,
    asked_by      text,
    asked_at      timestamptz NOT NULL,
    households    int,
    checked       int NOT NULL DEFAULT 0,
    opened        int NOT NULL DEFAULT 0,
    closed        int NOT NULL DEFAULT 0,
    after_village text COLLATE "C" NOT NULL DEFAULT '',
    after_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    finished_at   timestamptz,
    CONSTRAINT quality_run_pkey PRIMARY KEY (id),
    CONSTRAINT quality_run_asked_check CHECK (num_nonnulls(night_of, asked_by) = 1)
);
CREATE UNIQUE INDEX quality_run_night_of_key ON quality_run (night_of) WHERE night_of IS NOT NULL;
CREATE UNIQUE INDEX quality_run_waiting_key ON quality_run (area_code) WHERE finished_at IS NULL;

CREATE TABLE quality_place (
    is_only       boolean NOT NULL DEFAULT true CHECK (is_only),
    changed_since text,
    CONSTRAINT quality_place_pkey PRIMARY KEY (is_only)
);
COMMENT ON TABLE quality_place IS 'Up to which change of a household the rules have followed.';
INSERT INTO quality_place DEFAULT VALUES;
"""


def upgrade() -> None:
    """Nothing was looked at so far; the worker begins with every household."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget it."""
    op.execute("DROP TABLE quality_place; DROP TABLE quality_run; DROP TABLE quality_error")
