"""Who was told, by a refused import or registration, that persons are registered already.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the record."""
    op.execute("""
    CREATE TABLE identity_match (
        id         uuid PRIMARY KEY,
        client_id  text NOT NULL,
        via        text NOT NULL CONSTRAINT identity_match_via_check
                   CHECK (via IN ('import', 'register', 'patch', 'correction')),
        persons    uuid[] NOT NULL,
        matches    int NOT NULL,
        matched_at timestamptz NOT NULL
    );
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE identity_match")
