"""Drop the index that allowed nothing beside a month's list: `delivery_list_key` stands in its place."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
CONTRACTS = "delivery_current_key, which corrections of a month would break"


def upgrade() -> None:
    """Drop the narrower index."""
    online_ddl.drop_index_concurrently("delivery_current_key")


def downgrade() -> None:
    """Create it again; additions are gone by then, or have to be."""
    online_ddl.create_index_concurrently(
        "delivery_current_key",
        "ON delivery (dataset, period, area_code)"
        " WHERE state = 'committed' AND kind <> 'record' AND NOT is_addition AND superseded_by IS NULL",
        unique=True,
    )
