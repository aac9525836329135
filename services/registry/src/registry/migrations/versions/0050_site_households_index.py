"""Households are found by their resettlement site.

Revision ID: 0050
"""

from __future__ import annotations

from servicekit import online_ddl

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_NAME = "household_resettlement_site_idx"


def upgrade() -> None:
    """Build it while everything runs."""
    online_ddl.create_index_concurrently(_NAME, "ON household (resettlement_site) WHERE resettlement_site IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently(_NAME)
