"""Index the second blind index beside the running writers, and validate the widened check. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One person belongs to at most one active household, by either index."""
    online_ddl.create_index_concurrently(
        "person_id_index_even_key",
        "ON person (id_index_even) WHERE is_active AND id_index_even IS NOT NULL",
        unique=True,
    )
    online_ddl.validate("person", "person_index_check")


def downgrade() -> None:
    """Drop the index."""
    online_ddl.drop_index_concurrently("person_id_index_even_key")
