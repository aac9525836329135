"""An episode says which one it follows; a look-back that found a new risk opens one.

Revision ID: 0034
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those before nobody says it: the household's list has them in their order."""
    op.execute(
        "ALTER TABLE episode ADD COLUMN follows_id uuid, DROP CONSTRAINT episode_origin_check,"
        " ADD CONSTRAINT episode_origin_check CHECK (origin IN ('clue', 'import', 'appeal', 'look_back')) NOT VALID"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute(
        "ALTER TABLE episode DROP COLUMN follows_id, DROP CONSTRAINT episode_origin_check,"
        " ADD CONSTRAINT episode_origin_check CHECK (origin IN ('clue', 'import', 'appeal')) NOT VALID"
    )
