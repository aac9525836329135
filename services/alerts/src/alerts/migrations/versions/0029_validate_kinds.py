"""Hold the alerts there were to the checks that revision 0028 widened.

Revision ID: 0029
"""

from __future__ import annotations

from servicekit.online_ddl import validate

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate both."""
    validate("alert", "alert_kind_check")
    validate("alert", "alert_subject_check")


def downgrade() -> None:
    """Nothing was changed."""
