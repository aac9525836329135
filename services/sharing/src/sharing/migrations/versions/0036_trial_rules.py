"""Rules that a comparison only tries out.

Revision ID: 0036
"""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No run that is known tries any."""
    op.execute("ALTER TABLE comparison_run ADD COLUMN trial_rules jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    """Forget them."""
    op.execute("ALTER TABLE comparison_run DROP COLUMN trial_rules")
