"""Counter-checks find something about eliminations, and look at what became of clues.

Revision ID: 0045
"""

from __future__ import annotations

from alembic import op

from servicekit.online_ddl import widen_check

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SCOPES = "scope IN ('person', 'household', 'episode'"


def upgrade() -> None:
    """What became of the clues of before is heard of with their next move."""
    op.execute("ALTER TABLE clue ADD COLUMN state text")
    op.execute("ALTER TABLE clue ADD COLUMN version int NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE clue ADD COLUMN decided_on date")
    widen_check("quality_error", "quality_error_scope_check", f"{_SCOPES}, 'elimination')")


def downgrade() -> None:
    """Forget what the counter-checks found."""
    op.execute("DELETE FROM quality_error WHERE scope = 'elimination'")
    widen_check("quality_error", "quality_error_scope_check", f"{_SCOPES})")
    op.execute("ALTER TABLE clue DROP COLUMN decided_on, DROP COLUMN version, DROP COLUMN state")
