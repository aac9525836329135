"""Members of households as they were at an instant, for indicators.

Revision ID: 0057
"""

from __future__ import annotations

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the function; a member is as the first change of its household after the instant remembers."""
    op.execute("""
    CREATE FUNCTION person_at(instant timestamptz)
    RETURNS TABLE (id text, household_id uuid, area_code text, hh_type text, relief text, public_post text,
        insured_resident boolean, insured_employee boolean) LANGUAGE sql STABLE AS $$
        WITH later AS MATERIALIZED (
            SELECT DISTINCT ON (r.household_id) r.household_id, r.snapshot FROM household_history r
            WHERE r.replaced_at >= instant ORDER BY r.household_id, r.version
        )
        SELECT p.id::text, p.household_id, h.village_code, h.hh_type, p.relief, p.public_post,
            p.insured_resident, p.insured_employee
        FROM person p JOIN household h ON h.id = p.household_id
        WHERE p.is_active AND h.status = 'active'
          AND NOT EXISTS (SELECT FROM later l WHERE l.household_id = p.household_id)
        UNION ALL
        SELECT m ->> 'person_id', l.household_id, l.snapshot ->> 'area_code', l.snapshot ->> 'hh_type',
            m ->> 'relief', m ->> 'public_post', CAST(m ->> 'insured_resident' AS boolean),
            CAST(m ->> 'insured_employee' AS boolean)
        FROM later l CROSS JOIN LATERAL json_array_elements(l.snapshot -> 'members') m
        WHERE l.snapshot ->> 'status' = 'active'
    $$;
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION person_at(timestamptz)")
