"""Find a client's last day of matches, which its limit looks at. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently("identity_match_client_idx", "ON identity_match (client_id, matched_at)")


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("identity_match_client_idx")
