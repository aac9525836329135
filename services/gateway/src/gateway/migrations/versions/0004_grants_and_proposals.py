"""What a manager of clients may give beside its own scopes, and changes that wait for a second manager.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody may give more than they have until the operator declares it: `bootstrap-client --grants`."""
    op.execute("ALTER TABLE client ADD COLUMN grants text[] NOT NULL DEFAULT '{}'")
    op.execute(
        """
        CREATE TABLE client_proposal (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            client_id text NOT NULL,
            areas text[] NOT NULL,
            wanted json NOT NULL,
            client_version integer NOT NULL,
            state text NOT NULL,
            proposed_by text NOT NULL,
            proposed_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            decided_by text,
            decided_at timestamptz,
            reason text
        )
        """
    )


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP TABLE client_proposal")
    op.execute("ALTER TABLE client DROP COLUMN grants")
