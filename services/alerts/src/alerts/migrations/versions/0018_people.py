"""Who works where, so that visitors and holders of duties are people of the roster.

A new consumer group reads the compacted topic from its beginning, so nothing has to be told again.

Revision ID: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is known yet: the registry says who there is."""
    op.execute("""
    CREATE TABLE staff (
        staff_id     text PRIMARY KEY,
        version      int NOT NULL CHECK (version >= 1),
        is_active    boolean NOT NULL,
        department   text,
        appointments jsonb NOT NULL
    )""")


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE staff")
