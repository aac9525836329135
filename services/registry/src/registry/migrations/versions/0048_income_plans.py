"""Income plans of households, and the cohorts of a year that need one.

Revision ID: 0048
"""

from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

# Members name their household without a foreign key: 300,000 of them come in one statement, and none is ever deleted.
_CREATE = """
CREATE TABLE income_plan (
    household_id uuid NOT NULL,
    version      int NOT NULL,
    year         int NOT NULL,
    needs        text[] NOT NULL,
    measures     jsonb NOT NULL,
    target       numeric(14, 2) NOT NULL,
    responsible  uuid NOT NULL,
    made_on      date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT income_plan_pkey PRIMARY KEY (household_id, version),
    CONSTRAINT income_plan_household_id_fkey FOREIGN KEY (household_id) REFERENCES household (id),
    CONSTRAINT income_plan_target_check CHECK (target >= 0)
);
COMMENT ON TABLE income_plan IS 'A revision of the plan to raise a household''s income (增收计划); the highest holds.';

CREATE TABLE income_cohort_member (
    year         int NOT NULL,
    household_id uuid NOT NULL,
    cohorts      text[] NOT NULL,
    reason       text,
    compared     text,
    joined_on    date NOT NULL,
    left_on      date,
    CONSTRAINT income_cohort_member_pkey PRIMARY KEY (year, household_id),
    CONSTRAINT income_cohort_member_cohorts_check CHECK (cohorts <> '{}'
        AND cohorts <@ ARRAY['former_poor', 'income_fell', 'income_fell_twice'])
);
COMMENT ON TABLE income_cohort_member IS 'A household that needs a new or revised income plan in a year, and why.';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE income_cohort_member; DROP TABLE income_plan")
