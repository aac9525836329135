"""Indicators: their runs, the members behind them and what they come to.

Revision ID: 0056
"""

from __future__ import annotations

from alembic import op

from servicekit.indicators import tables

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was computed yet."""
    tables.create(op)
    # A household where it was, and with as many members as it had, at an instant: the first change after it tells.
    op.execute("""
    CREATE FUNCTION household_at(instant timestamptz)
    RETURNS TABLE (id uuid, area_code text, population int, status text) LANGUAGE sql STABLE AS $$
        SELECT h.id, coalesce(r.snapshot ->> 'area_code', h.village_code),
            coalesce(CAST(r.snapshot ->> 'population' AS int), h.population),
            coalesce(r.snapshot ->> 'status', h.status)
        FROM household h LEFT JOIN (
            SELECT DISTINCT ON (household_id) household_id, snapshot FROM household_history
            WHERE replaced_at >= instant ORDER BY household_id, version) r ON r.household_id = h.id
    $$;
    """)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION household_at(timestamptz)")
    tables.drop(op)
