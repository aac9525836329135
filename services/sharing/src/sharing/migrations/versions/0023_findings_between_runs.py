"""How many findings single records and changed households raised since the last whole run."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE findings_between_runs (
            period   text NOT NULL,
            rule_id  text NOT NULL,
            findings int NOT NULL,
            PRIMARY KEY (period, rule_id)
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE findings_between_runs")
