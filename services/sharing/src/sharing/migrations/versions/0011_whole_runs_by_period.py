"""Find the whole comparison runs of a period among the many limited ones: each change of the register asks."""

from __future__ import annotations

from servicekit.online_ddl import create_index_concurrently, drop_index_concurrently

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    create_index_concurrently("comparison_run_period_idx", "ON comparison_run (period, state) WHERE kind = 'full'")


def downgrade() -> None:
    """Drop it."""
    drop_index_concurrently("comparison_run_period_idx")
