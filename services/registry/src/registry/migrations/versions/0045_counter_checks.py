"""Counter-checks find something about eliminations, and look at what became of clues.

Revision ID: 0045
"""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What became of the clues of before is heard of with their next move."""
    op.execute("ALTER TABLE clue ADD COLUMN state text")
    op.execute("ALTER TABLE clue ADD COLUMN version int NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE clue ADD COLUMN decided_on date")
    op.execute("CREATE INDEX clue_household_id_idx ON clue (household_id)")
    op.execute("ALTER TABLE quality_error DROP CONSTRAINT quality_error_scope_check")
    op.execute(
        "ALTER TABLE quality_error ADD CONSTRAINT quality_error_scope_check"
        " CHECK (scope IN ('person', 'household', 'episode', 'elimination'))"
    )


def downgrade() -> None:
    """Forget what the counter-checks found."""
    op.execute("DELETE FROM quality_error WHERE scope = 'elimination'")
    op.execute("ALTER TABLE quality_error DROP CONSTRAINT quality_error_scope_check")
    op.execute(
        "ALTER TABLE quality_error ADD CONSTRAINT quality_error_scope_check"
        " CHECK (scope IN ('person', 'household', 'episode'))"
    )
    op.execute("DROP INDEX clue_household_id_idx")
    op.execute("ALTER TABLE clue DROP COLUMN decided_on, DROP COLUMN version, DROP COLUMN state")
