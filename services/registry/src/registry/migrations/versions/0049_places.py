"""Groups, grids, resettlement sites, and what areas are designated as.

Revision ID: 0049
"""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE place (
    id                  uuid NOT NULL,
    kind                text NOT NULL,
    village_code        text COLLATE "C" NOT NULL,
    scope               text COLLATE "C" GENERATED ALWAYS AS (
                            CASE kind WHEN 'site' THEN left(village_code, 6) ELSE village_code END) STORED NOT NULL,
    name                text NOT NULL,
    suffix              text,
    site                text,
    valid_from          date NOT NULL,
    valid_to            date,
    households_declared int,
    persons_declared    int,
    stations            text[] NOT NULL,
    source_document     text NOT NULL,
    came_from           uuid,
    version             int NOT NULL,
    updated_at          timestamptz NOT NULL,
    updated_by          text NOT NULL,
    CONSTRAINT place_pkey PRIMARY KEY (id),
    CONSTRAINT place_village_code_fkey FOREIGN KEY (village_code) REFERENCES area (code),
    CONSTRAINT place_came_from_fkey FOREIGN KEY (came_from) REFERENCES place (id),
    CONSTRAINT place_kind_check CHECK (kind IN ('group', 'grid', 'site')),
    CONSTRAINT place_validity_check CHECK (valid_to >= valid_from),
    CONSTRAINT place_name_excl EXCLUDE USING gist (
        kind WITH =, scope WITH =, name WITH =, daterange(valid_from, valid_to, '[]') WITH &&),
    CONSTRAINT place_suffix_excl EXCLUDE USING gist (
        kind WITH =, village_code WITH =, suffix WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX place_village_code_idx ON place (village_code, kind, id);
CREATE INDEX place_scope_idx ON place (scope, kind, name);
COMMENT ON TABLE place IS 'Villagers'' groups, grids and resettlement sites, with their days.';

CREATE TABLE area_tag (
    id              uuid NOT NULL,
    area_code       text COLLATE "C" NOT NULL,
    tag             text NOT NULL,
    first_on        date NOT NULL,
    last_on         date,
    source_document text NOT NULL,
    recorded_at     timestamptz NOT NULL,
    recorded_by     text NOT NULL,
    CONSTRAINT area_tag_pkey PRIMARY KEY (id),
    CONSTRAINT area_tag_area_code_fkey FOREIGN KEY (area_code) REFERENCES area (code),
    CONSTRAINT area_tag_days_check CHECK (last_on >= first_on),
    CONSTRAINT area_tag_excl EXCLUDE USING gist (
        area_code WITH =, tag WITH =, daterange(first_on, last_on, '[]') WITH &&)
);
COMMENT ON TABLE area_tag IS 'What areas were designated as (区划标签), with days and documents.';

ALTER TABLE area_succession ADD COLUMN place_ids uuid[];
"""


def upgrade() -> None:
    """Nobody has registered any before this release: every name of a grid, group or site is taken as it is written."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget them."""
    op.execute("ALTER TABLE area_succession DROP COLUMN place_ids")
    op.execute("DROP TABLE area_tag; DROP TABLE place")
