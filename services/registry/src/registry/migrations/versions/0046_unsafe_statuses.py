"""Finds what households lack of the guarantees without reading every status.

Revision ID: 0046
"""

from __future__ import annotations

from servicekit.online_ddl import create_index_concurrently, drop_index_concurrently

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index what was ever said to be unsafe."""
    create_index_concurrently(
        "guarantee_status_unsafe_idx", "ON guarantee_status (household_id, kind) WHERE NOT is_safe"
    )
    create_index_concurrently("guarantee_claim_unsafe_idx", "ON guarantee_claim (household_id, kind) WHERE NOT is_safe")


def downgrade() -> None:
    """Drop them."""
    drop_index_concurrently("guarantee_claim_unsafe_idx")
    drop_index_concurrently("guarantee_status_unsafe_idx")
