"""Indicators of alerts, and the figures of all services, frozen by period.

Revision ID: 0036
"""

from __future__ import annotations

from alembic import op

from servicekit.indicators import tables

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was computed yet."""
    tables.create(op)
    op.execute("""
    CREATE TABLE figure_version (
        indicator_id text NOT NULL,
        period       text NOT NULL,
        version      int NOT NULL CHECK (version >= 1),
        as_of        date NOT NULL,
        computed_at  timestamptz NOT NULL,
        why          text NOT NULL,
        request_id   uuid,
        parts        int NOT NULL,
        taken        int NOT NULL,
        taken_at     timestamptz NOT NULL,
        PRIMARY KEY (indicator_id, period, version)
    );
    COMMENT ON TABLE figure_version IS 'What was computed of an indicator and period; whole once all parts were taken.';
    CREATE INDEX figure_version_request_id_idx ON figure_version (request_id) WHERE request_id IS NOT NULL;

    CREATE TABLE figure_part (
        indicator_id text NOT NULL,
        period       text NOT NULL,
        version      int NOT NULL,
        part         int NOT NULL,
        PRIMARY KEY (indicator_id, period, version, part)
    );

    CREATE TABLE figure_value (
        indicator_id text NOT NULL,
        period       text NOT NULL,
        version      int NOT NULL,
        dimension    text NOT NULL,
        area_code    text COLLATE "C" NOT NULL,
        part         text NOT NULL,
        numerator    numeric NOT NULL,
        denominator  numeric,
        PRIMARY KEY (indicator_id, period, version, dimension, area_code, part)
    );
    COMMENT ON TABLE figure_value IS 'Frozen: never changed. Areas above are sums of these.';

    CREATE TABLE figure_request (
        id            uuid PRIMARY KEY,
        period        text NOT NULL,
        indicator_ids text[] NOT NULL,
        why           text NOT NULL,
        asked_by      text NOT NULL,
        asked_at      timestamptz NOT NULL
    );
    COMMENT ON TABLE figure_request IS 'Who wanted which figures computed again, and why; never changed.';
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE figure_request; DROP TABLE figure_value; DROP TABLE figure_part; DROP TABLE figure_version")
    tables.drop(op)
