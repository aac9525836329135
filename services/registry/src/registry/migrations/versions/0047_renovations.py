"""Renovations of houses, what became of them, and the targets of a year.

Revision ID: 0047
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known yet."""
    op.execute("""
    CREATE TABLE renovation (
        id                uuid NOT NULL,
        household_id      uuid NOT NULL,
        kind              text NOT NULL,
        year              smallint NOT NULL,
        stage             text NOT NULL,
        source            text NOT NULL,
        wish              text NOT NULL,
        mode              text,
        grade             text,
        approved_on       date,
        started_on        date,
        finished_on       date,
        due_on            date,
        accepted_on       date,
        accepted_grade    text,
        acceptance_no     text,
        subsidy           numeric(14, 2),
        note              text,
        cancelled_because text,
        version           integer NOT NULL,
        updated_at        timestamptz NOT NULL,
        CONSTRAINT renovation_pkey PRIMARY KEY (id),
        CONSTRAINT renovation_household_id_fkey FOREIGN KEY (household_id) REFERENCES household (id),
        CONSTRAINT renovation_subsidy_check CHECK (subsidy >= 0),
        CONSTRAINT renovation_acceptance_check CHECK (
            (accepted_on IS NULL) = (accepted_grade IS NULL) AND (accepted_on IS NULL) = (acceptance_no IS NULL))
    );
    CREATE UNIQUE INDEX renovation_household_id_kind_year_idx ON renovation (household_id, kind, year);
    CREATE INDEX renovation_year_idx ON renovation (year, id);
    CREATE TABLE renovation_step (
        renovation_id uuid NOT NULL,
        version       integer NOT NULL,
        stage         text NOT NULL,
        changes       jsonb NOT NULL,
        recorded_at   timestamptz NOT NULL,
        recorded_by   text NOT NULL,
        CONSTRAINT renovation_step_pkey PRIMARY KEY (renovation_id, version),
        CONSTRAINT renovation_step_renovation_id_fkey FOREIGN KEY (renovation_id) REFERENCES renovation (id)
    );
    CREATE TABLE renovation_target (
        county_code text NOT NULL,
        year        smallint NOT NULL,
        version     integer NOT NULL,
        targets     jsonb NOT NULL,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        CONSTRAINT renovation_target_pkey PRIMARY KEY (county_code, year, version)
    );
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE renovation_step; DROP TABLE renovation; DROP TABLE renovation_target")
