"""Targets with each version of them.

Revision ID: 0042
"""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was set yet."""
    op.execute("""
    CREATE TABLE target (
        id                 uuid PRIMARY KEY,
        area_code          text COLLATE "C" NOT NULL,
        department         text,
        indicator          text NOT NULL,
        measure            text NOT NULL CONSTRAINT target_measure_check CHECK (measure IN ('value', 'growth')),
        against            text NOT NULL
            CONSTRAINT target_against_check CHECK (against IN ('fixed', 'series', 'figure')),
        against_series     text,
        against_area       text COLLATE "C",
        against_years_back int NOT NULL CONSTRAINT target_years_back_check CHECK (against_years_back IN (0, 1)),
        period             text NOT NULL,
        first_on           date NOT NULL,
        last_on            date NOT NULL,
        standing           int,
        proposed           int,
        revision           int NOT NULL,
        updated_at         timestamptz NOT NULL,
        CONSTRAINT target_days_check CHECK (first_on <= last_on),
        CONSTRAINT target_series_check CHECK ((against = 'series') = (against_series IS NOT NULL))
    );
    CREATE INDEX target_area_code_id_idx ON target (area_code, id);
    CREATE TABLE target_version (
        target_id     uuid NOT NULL REFERENCES target (id),
        version       int NOT NULL CONSTRAINT target_version_version_check CHECK (version >= 1),
        value         numeric(16, 2),
        direction     text NOT NULL,
        milestones    jsonb NOT NULL,
        source        text NOT NULL,
        note          text,
        proposed_by   text NOT NULL,
        proposed_at   timestamptz NOT NULL,
        decision      text CONSTRAINT target_version_decision_check
                      CHECK (decision IN ('approved', 'rejected', 'replaced')),
        decided_by    text,
        decided_at    timestamptz,
        decision_note text,
        CONSTRAINT target_version_pkey PRIMARY KEY (target_id, version),
        CONSTRAINT target_version_decided_check CHECK (
            (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
        CONSTRAINT target_version_two_check CHECK (decision = 'replaced' OR decided_by <> proposed_by)
    );
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE target_version; DROP TABLE target")
