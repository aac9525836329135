"""Check the formats of the parts there are, while others are received."""

from __future__ import annotations

from servicekit import online_ddl

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate."""
    online_ddl.validate("delivery_part", "delivery_part_format_check")


def downgrade() -> None:
    """Nothing to undo."""
