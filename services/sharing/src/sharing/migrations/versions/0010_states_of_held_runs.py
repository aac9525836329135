"""Check the states of a comparison run against the rows there are."""

from __future__ import annotations

from servicekit.online_ddl import validate

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the check that was widened."""
    validate("comparison_run", "comparison_run_state_check")


def downgrade() -> None:
    """Nothing to undo."""
