"""Keep decisions that were refused as stale, so that both sides see them."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. No foreign key: it is written while the refused request still holds its episode."""
    op.execute("""
    CREATE TABLE stale_decision (
        id         uuid NOT NULL DEFAULT uuidv7(),
        episode_id uuid NOT NULL,
        client_id  text NOT NULL,
        decision   jsonb NOT NULL,
        refused_at timestamptz NOT NULL,
        CONSTRAINT stale_decision_pkey PRIMARY KEY (id)
    );
    CREATE INDEX stale_decision_episode_id_idx ON stale_decision (episode_id, id);
    """)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE stale_decision")
