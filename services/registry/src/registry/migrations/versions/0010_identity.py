"""One id through every change, and two times on each: what was merged, renumbered or moved, and since when it is known.

Revision ID: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE identity_change (
    id           uuid NOT NULL,
    kind         text NOT NULL,
    household_id uuid NOT NULL,
    person_id    uuid,
    other_id     uuid,
    before       text,
    after        text,
    reason       text NOT NULL,
    occurred_on  date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT identity_change_pkey PRIMARY KEY (id)
);
CREATE INDEX identity_change_household_id_idx ON identity_change (household_id, id);
CREATE INDEX identity_change_other_id_idx ON identity_change (other_id, id) WHERE other_id IS NOT NULL;
COMMENT ON TABLE identity_change IS
    'Why a household or a person is the same under another number or name; numbers of persons are masked.';

CREATE TABLE area_succession (
    id              uuid NOT NULL,
    from_code       text COLLATE "C" NOT NULL,
    to_code         text COLLATE "C" NOT NULL,
    household_ids   uuid[],
    effective_on    date NOT NULL,
    source_document text NOT NULL,
    households      int,
    recorded_at     timestamptz NOT NULL,
    recorded_by     text NOT NULL,
    applied_at      timestamptz,
    CONSTRAINT area_succession_pkey PRIMARY KEY (id)
);
CREATE INDEX area_succession_from_code_idx ON area_succession (from_code);
CREATE INDEX area_succession_waiting_idx ON area_succession (effective_on) WHERE applied_at IS NULL;
COMMENT ON TABLE area_succession IS 'Which village a village went into, all of it or some households, and when.';
"""


def upgrade() -> None:
    """Add the columns; null, or empty, in every row there is."""
    op.execute(
        "ALTER TABLE household ADD COLUMN merged_into uuid, ADD COLUMN known_on date,"
        " ADD COLUMN known jsonb NOT NULL DEFAULT '{}'"
    )
    op.execute("ALTER TABLE person ADD COLUMN merged_into uuid, ADD COLUMN known jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE income ADD COLUMN as_of date")
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE area_succession; DROP TABLE identity_change")
    op.execute("ALTER TABLE income DROP COLUMN as_of")
    op.execute("ALTER TABLE person DROP COLUMN merged_into, DROP COLUMN known")
    op.execute("ALTER TABLE household DROP COLUMN merged_into, DROP COLUMN known_on, DROP COLUMN known")
