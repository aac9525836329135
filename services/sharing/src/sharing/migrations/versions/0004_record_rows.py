"""Rows pushed singly live in a table; the rules' own functions."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CREATE = """
-- A row pushed singly: tokens and typed fields, as in a part, but one file a row would cost every comparison a file.
CREATE TABLE record_row (
    delivery_id  text PRIMARY KEY REFERENCES delivery (id),
    dataset      text NOT NULL,
    period       text NOT NULL,
    area_code    text COLLATE "C" NOT NULL,
    commit_seq   bigint NOT NULL,
    id_token     text COLLATE "C" NOT NULL,
    person_token text COLLATE "C" NOT NULL,
    fields       jsonb NOT NULL
);
CREATE INDEX record_row_id_token_idx ON record_row (id_token);
CREATE INDEX record_row_dataset_idx ON record_row (dataset, area_code, period);
-- Houses are told apart by their own number: another owner's row may be the newest.
CREATE INDEX record_row_house_idx ON record_row ((fields ->> 'house_ref')) WHERE fields ? 'house_ref';

-- Rules are written for DuckDB and compiled to PostgreSQL; what both have to mean the same is defined here.
CREATE FUNCTION add_months(day date, months integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (day + make_interval(months => months))::date;
"""

_DROP = """
DROP FUNCTION add_months(date, integer);
DROP TABLE record_row;
"""


def upgrade() -> None:
    """Create the table and the function."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute(_DROP)
