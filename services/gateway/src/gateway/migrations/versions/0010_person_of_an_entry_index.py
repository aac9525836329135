"""Find what was done for somebody. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(
        "audit_entry_person_idx", "ON audit_entry (person, id) WHERE person IS NOT NULL"
    )


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("audit_entry_person_idx")
