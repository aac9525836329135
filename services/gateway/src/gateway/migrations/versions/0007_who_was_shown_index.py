"""Find the answers that showed somebody. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(
        "audit_outcome_shown_idx", "ON audit_outcome USING gin (shown) WHERE shown IS NOT NULL"
    )


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("audit_outcome_shown_idx")
