"""Incomes of a year, of whom figures count.

Revision ID: 0058
"""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give figures of income one place that says whose income counts."""
    op.execute("""
    CREATE FUNCTION counted_income(last_on date, ends_at timestamptz) RETURNS TABLE (
        household_id uuid, area_code text, persons int, is_known boolean, people int, net numeric, wage numeric,
        business numeric, property numeric, transfer numeric
    ) LANGUAGE sql STABLE AS $$
        SELECT h.id, a.area_code, a.population, i.household_id IS NOT NULL, i.population, i.net, i.wage,
            i.business - i.business_cost, i.property, i.transfer
        FROM household h JOIN household_at(ends_at) a ON a.id = h.id
        LEFT JOIN income i ON i.household_id = h.id AND i.superseded_at IS NULL
            AND i.year = CAST(extract(year FROM last_on) AS int)
        WHERE a.status = 'active' AND a.population > 0
          AND (h.hh_type = '1' OR EXISTS (
            SELECT FROM episode e WHERE e.household_id = h.id AND e.identified_on <= last_on
              AND (e.eliminated_on IS NULL OR e.eliminated_on > last_on) AND e.state NOT IN ('REJECTED', 'CORRECTED')))
    $$;
    COMMENT ON FUNCTION counted_income IS
        'Former poor households and those monitored at a period''s end, with the income of its year if it is known.';
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION counted_income")
