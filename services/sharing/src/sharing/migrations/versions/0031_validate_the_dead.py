"""Check the widened constraints of the worklist against the rows there are, while others write."""

from __future__ import annotations

from servicekit.online_ddl import validate

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate."""
    validate("worklist_row", "worklist_row_kind_check")
    validate("worklist_row", "worklist_row_state_check")


def downgrade() -> None:
    """Nothing to take back."""
