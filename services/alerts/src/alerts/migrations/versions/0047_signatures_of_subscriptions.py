"""How a subscription's webhooks are signed.

Revision ID: 0047
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those there are go on with the secret that their receivers have."""
    op.execute("ALTER TABLE subscription ADD COLUMN signature text NOT NULL DEFAULT 'v1'")


def downgrade() -> None:
    """Forget it: a webhook signed by a key pair cannot be signed by an earlier release, and ends."""
    op.execute(
        "UPDATE subscription SET state = 'deleted', secret = NULL, previous_secret = NULL WHERE signature <> 'v1'"
    )
    op.execute("ALTER TABLE subscription DROP COLUMN signature")
