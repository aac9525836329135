"""Index the steps that take a household out of monitoring, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Few of the steps: those that are counted a township and day."""
    online_ddl.create_index_concurrently(
        "episode_step_endings_idx",
        "ON episode_step (recorded_at) WHERE state IN ('ELIMINATED', 'ENDED_NATURAL', 'CORRECTED')",
    )


def downgrade() -> None:
    """Drop the index."""
    online_ddl.drop_index_concurrently("episode_step_endings_idx")
