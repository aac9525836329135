"""Find somebody who left a household by the numbers that he or she comes back with.

Revision ID: 0011
"""

from __future__ import annotations

from servicekit.online_ddl import create_index_concurrently, drop_index_concurrently

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index those who are not active; they are few."""
    for column in ("id_index", "id_index_even", "person_no"):
        create_index_concurrently(
            f"person_left_{column}_idx", f"ON person ({column}) WHERE NOT is_active AND {column} IS NOT NULL"
        )


def downgrade() -> None:
    """Drop them."""
    for column in ("id_index", "id_index_even", "person_no"):
        drop_index_concurrently(f"person_left_{column}_idx")
