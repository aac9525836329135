"""A plan says why nothing answers a risk, a task may be for one member, and when a measure was entered is kept.

Revision ID: 0031
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


FILLS = "Measures that were implemented: some thousands in a county."


def upgrade() -> None:
    """Add the columns; what was implemented before was entered when its last step said so."""
    op.execute("ALTER TABLE plan ADD COLUMN uncovered jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE plan_task ADD COLUMN person_id uuid")
    op.execute("ALTER TABLE measure ADD COLUMN entered_at timestamptz")
    op.execute(
        "UPDATE measure m SET entered_at = s.at FROM (SELECT measure_id, min(recorded_at) AS at FROM measure_step"
        " WHERE state = 'implemented' GROUP BY measure_id) s WHERE s.measure_id = m.id AND m.implemented_on IS NOT NULL"
    )


def downgrade() -> None:
    """Take them away."""
    op.execute("ALTER TABLE measure DROP COLUMN entered_at")
    op.execute("ALTER TABLE plan_task DROP COLUMN person_id")
    op.execute("ALTER TABLE plan DROP COLUMN uncovered")
