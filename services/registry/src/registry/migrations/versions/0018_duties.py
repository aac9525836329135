"""The duties of episodes as they were announced.

Revision ID: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was announced yet: the worker says what the open episodes imply."""
    op.execute("""
    CREATE TABLE duty_said (
        id         text PRIMARY KEY,
        episode_id uuid NOT NULL REFERENCES episode (id),
        revision   int NOT NULL CHECK (revision >= 1),
        is_open    boolean NOT NULL,
        said       jsonb NOT NULL
    );
    CREATE INDEX duty_said_episode_id_idx ON duty_said (episode_id);
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE duty_said")
