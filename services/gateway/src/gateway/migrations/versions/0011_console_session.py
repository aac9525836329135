"""Sessions of the pages for people.

Revision ID: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has signed in yet."""
    op.execute("""
    CREATE TABLE console_session (
        id_hash    bytea PRIMARY KEY,
        sealed     text NOT NULL,
        expires_at timestamptz NOT NULL,
        seen_at    timestamptz NOT NULL
    );
    CREATE INDEX console_session_expires_at_idx ON console_session (expires_at);
    """)


def downgrade() -> None:
    """Everybody signs in again."""
    op.execute("DROP TABLE console_session")
