"""Each attempt to send something to a webhook, for as long as the setting says.

Revision ID: 0045
"""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of earlier attempts but the last one of each delivery, which stays where it is.

    No foreign key: a subscription is never deleted, and the sender takes no lock of it more than it did.
    """
    op.execute("""
    CREATE TABLE webhook_attempt (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subscription_id uuid NOT NULL,
        event_id        uuid NOT NULL,
        event_type      text NOT NULL,
        position        bigint,
        attempted_at    timestamptz NOT NULL,
        status          int,
        error           text,
        duration_ms     int NOT NULL
    );
    CREATE INDEX webhook_attempt_subscription_id_idx ON webhook_attempt (subscription_id, id);
    CREATE INDEX webhook_attempt_attempted_at_idx ON webhook_attempt USING brin (attempted_at);
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE webhook_attempt")
