"""Index the verifications that are counted a township and day, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(
        "verification_policy_only_idx", "ON verification (recorded_at) WHERE result = 'confirmed_policy'"
    )


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("verification_policy_only_idx")
