"""Hold what counter-checks found to the check that revision 0045 widened; index clues by household. May be run again.

Revision ID: 0055
"""

from __future__ import annotations

from servicekit import online_ddl

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the check and create the index."""
    online_ddl.validate("quality_error", "quality_error_scope_check")
    online_ddl.create_index_concurrently("clue_household_id_idx", "ON clue (household_id)")


def downgrade() -> None:
    """Drop the index."""
    online_ddl.drop_index_concurrently("clue_household_id_idx")
