"""What clients may do, as the gateway says: looked up at each delivery, stream event and page.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the gateway's worker announces every client once after its own upgrade."""
    op.execute(
        """
        CREATE TABLE client_right (
            client_id text PRIMARY KEY,
            version integer NOT NULL,
            is_active boolean NOT NULL,
            scopes text[] NOT NULL,
            area_lows text[] NOT NULL,
            area_highs text[] NOT NULL
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE client_right")
