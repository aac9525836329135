"""The duties of departments as they were announced.

Revision ID: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was announced yet: the worker says what held lists and waiting rows imply."""
    op.execute("""
    CREATE TABLE duty_said (
        id       text PRIMARY KEY,
        revision int NOT NULL CHECK (revision >= 1),
        is_open  boolean NOT NULL,
        said     jsonb NOT NULL
    );
    CREATE INDEX duty_said_open_idx ON duty_said (id) WHERE is_open;
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE duty_said")
