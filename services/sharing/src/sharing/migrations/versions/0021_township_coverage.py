"""What the newest comparison of a month said of each township."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE township_coverage (
            period      text COLLATE "C" NOT NULL,
            area_code   text COLLATE "C" NOT NULL,
            run_id      text NOT NULL,
            told_at     timestamptz NOT NULL,
            villages    int NOT NULL,
            households  int NOT NULL,
            rules       jsonb NOT NULL,
            PRIMARY KEY (period, area_code)
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE township_coverage")
