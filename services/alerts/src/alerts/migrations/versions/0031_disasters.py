"""Disasters, the households that they hit, and what was given at once; which episodes go through the green channel.

Revision ID: 0031
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Of episodes that were told of before, none went through the green channel."""
    op.execute("ALTER TABLE episode ADD COLUMN green_channel boolean NOT NULL DEFAULT false")
    op.execute("""
CREATE TABLE disaster (
    id           uuid NOT NULL,
    county_code  text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    name         text NOT NULL,
    areas        text[] NOT NULL,
    from_on      date NOT NULL,
    to_on        date,
    source       text NOT NULL,
    note         text NOT NULL,
    version      integer NOT NULL,
    declared_by  text NOT NULL,
    declared_at  timestamptz NOT NULL,
    closed_by    text,
    closed_at    timestamptz,
    closing_note text,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT disaster_pkey PRIMARY KEY (id),
    CONSTRAINT disaster_days_check CHECK (to_on >= from_on),
    CONSTRAINT disaster_closed_check CHECK (num_nulls(closed_by, closed_at, closing_note) IN (0, 3))
);
CREATE TABLE disaster_household (
    id                  uuid NOT NULL,
    disaster_id         uuid NOT NULL,
    harm                jsonb NOT NULL,
    version             integer NOT NULL,
    added_by            text NOT NULL,
    added_at            timestamptz NOT NULL,
    removed_by          text,
    removed_at          timestamptz,
    removed_because     text,
    written_off_by      text,
    written_off_at      timestamptz,
    written_off_because text,
    updated_at          timestamptz NOT NULL,
    CONSTRAINT disaster_household_pkey PRIMARY KEY (id),
    CONSTRAINT disaster_household_id_fkey FOREIGN KEY (id) REFERENCES clue_source (id),
    CONSTRAINT disaster_household_disaster_id_fkey FOREIGN KEY (disaster_id) REFERENCES disaster (id),
    CONSTRAINT disaster_household_removed_check
        CHECK (num_nulls(removed_by, removed_at, removed_because) IN (0, 3)),
    CONSTRAINT disaster_household_written_off_check
        CHECK (num_nulls(written_off_by, written_off_at, written_off_because) IN (0, 3))
);
CREATE INDEX disaster_household_disaster_id_idx ON disaster_household (disaster_id, id);
CREATE TABLE disaster_help (
    id          uuid NOT NULL,
    affected_id uuid NOT NULL,
    what        text NOT NULL,
    given_on    date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT disaster_help_pkey PRIMARY KEY (id),
    CONSTRAINT disaster_help_affected_id_fkey FOREIGN KEY (affected_id) REFERENCES disaster_household (id)
);
CREATE INDEX disaster_help_affected_id_idx ON disaster_help (affected_id, given_on)""")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE disaster_help; DROP TABLE disaster_household; DROP TABLE disaster")
    op.execute("ALTER TABLE episode DROP COLUMN green_channel")
