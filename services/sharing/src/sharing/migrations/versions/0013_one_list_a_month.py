"""One list of a dataset counts for a period and area, with what was added to it. May be run again."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index; the others were superseded."""
    online_ddl.create_index_concurrently(
        "delivery_list_key",
        "ON delivery (dataset, period, area_code)"
        " WHERE state = 'committed' AND kind <> 'record' AND NOT is_addition AND superseded_by IS NULL",
        unique=True,
    )


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently("delivery_list_key")
