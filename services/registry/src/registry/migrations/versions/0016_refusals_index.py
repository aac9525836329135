"""Index the steps that turn a household away before it is monitored, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Few of the steps: those that are counted a township and day."""
    online_ddl.create_index_concurrently(
        "episode_step_refusals_idx", "ON episode_step (recorded_at) WHERE state IN ('WITHDRAWN', 'REJECTED')"
    )


def downgrade() -> None:
    """Drop the index."""
    online_ddl.drop_index_concurrently("episode_step_refusals_idx")
