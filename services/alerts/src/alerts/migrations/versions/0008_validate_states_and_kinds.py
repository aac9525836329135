"""Hold the rows there were to the checks that revision 0007 widened.

Revision ID: 0008
"""

from __future__ import annotations

from servicekit.online_ddl import validate

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate both."""
    validate("clue", "clue_state_check")
    validate("alert", "alert_kind_check")


def downgrade() -> None:
    """Nothing was changed."""
