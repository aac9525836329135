"""Where clues were before they moved, for indicators.

Revision ID: 0037
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the function: a clue was whence the first move after the instant took it."""
    op.execute("""
    CREATE FUNCTION clue_moved_since(instant timestamptz)
    RETURNS TABLE (clue_id uuid, area_code text) LANGUAGE sql STABLE AS $$
        SELECT DISTINCT ON (a.clue_id) a.clue_id, a.data ->> 'moved_from' FROM alert a
        WHERE a.kind = 'moved' AND a.published_at >= instant AND a.data ->> 'moved_from' IS NOT NULL
        ORDER BY a.clue_id, a.position
    $$;
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION clue_moved_since(timestamptz)")
