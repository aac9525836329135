"""Who works, holds a public post, or has left school, month by month.

Revision ID: 0034
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the next comparison fills them."""
    op.execute("""
    CREATE TABLE occupation (
        period         text COLLATE "C" NOT NULL,
        household_id   text COLLATE "C" NOT NULL,
        person_id      text COLLATE "C" NOT NULL,
        area_code      text COLLATE "C" NOT NULL,
        is_working     boolean NOT NULL,
        posts          int NOT NULL,
        rangers        int NOT NULL,
        left_school_on date,
        is_enrolled    boolean NOT NULL,
        trained_until  date,
        at_work_since  date,
        CONSTRAINT occupation_pkey PRIMARY KEY (period, household_id, person_id)
    );
    CREATE INDEX occupation_period_area_code_idx ON occupation (period, area_code);
    COMMENT ON TABLE occupation IS 'Members of former poor and monitored households of whom a month''s lists tell.';
    CREATE TABLE occupation_village (
        area_code          text COLLATE "C" NOT NULL,
        period             text COLLATE "C" NOT NULL,
        run_id             text NOT NULL,
        told_at            timestamptz NOT NULL,
        knows_work         boolean NOT NULL,
        knows_posts        boolean NOT NULL,
        knows_leavers      boolean NOT NULL,
        knows_income       boolean NOT NULL,
        post_stay_months   int NOT NULL,
        leaver_months      int NOT NULL,
        stable_work_months int NOT NULL,
        CONSTRAINT occupation_village_pkey PRIMARY KEY (area_code, period)
    );
    COMMENT ON TABLE occupation_village IS 'What a month''s newest whole comparison knows of a village.';
    -- Figures of a month count by its own list, or by the one before while that is not there; what is older is unknown.
    CREATE FUNCTION village_told(last_on date, what text) RETURNS SETOF occupation_village LANGUAGE sql STABLE AS $$
        SELECT DISTINCT ON (v.area_code) v.* FROM occupation_village v
        WHERE v.period IN (to_char(last_on, 'YYYY-MM'), to_char(last_on - interval '1 month', 'YYYY-MM'))
          AND CASE what WHEN 'work' THEN v.knows_work WHEN 'posts' THEN v.knows_posts
              WHEN 'leavers' THEN v.knows_leavers WHEN 'income' THEN v.knows_income END
        ORDER BY v.area_code, v.period DESC
    $$;
    CREATE FUNCTION months_before(period text, months int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT to_char(to_date(period || '-01', 'YYYY-MM-DD') - make_interval(months => months), 'YYYY-MM')
    $$;
    CREATE FUNCTION last_day_of(period text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
        SELECT CAST(to_date(period || '-01', 'YYYY-MM-DD') + interval '1 month' AS date) - 1
    $$;
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("""
    DROP FUNCTION last_day_of(text); DROP FUNCTION months_before(text, int); DROP FUNCTION village_told(date, text);
    DROP TABLE occupation_village; DROP TABLE occupation;
    """)
