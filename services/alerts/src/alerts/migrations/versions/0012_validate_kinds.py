"""Hold the rows there were to the checks that revision 0011 widened.

Revision ID: 0012
"""

from __future__ import annotations

from servicekit.online_ddl import validate

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate both."""
    validate("alert", "alert_kind_check")
    validate("alert", "alert_subject_check")


def downgrade() -> None:
    """Nothing was changed."""
