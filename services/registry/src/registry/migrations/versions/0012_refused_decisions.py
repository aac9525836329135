"""Refused decisions are kept as in every service; an ending says in which township the household lived then.

Revision ID: 0012
"""

from __future__ import annotations

from alembic import op

from servicekit import conflicts

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
CONTRACTS = "stale_decision was in no release"


def upgrade() -> None:
    """Move what there is: what was about an episode that is over needs nobody any more."""
    conflicts.create(op)
    conflicts.add_settling(op)
    op.execute("""
    INSERT INTO refused_decision
        (id, subject, subject_id, decision, code, refused_at, refused_by, settled_at, settled_by)
    SELECT d.id, 'episode', d.episode_id::text, d.decision, 'precondition_failed', d.refused_at, d.client_id,
           CASE WHEN e.is_active THEN NULL ELSE e.updated_at END, CASE WHEN e.is_active THEN NULL ELSE 'migration' END
    FROM stale_decision d LEFT JOIN episode e ON e.id = d.episode_id
    """)
    op.execute("DROP TABLE stale_decision")
    op.execute("ALTER TABLE episode_step ADD COLUMN left_town text")
    op.execute("COMMENT ON COLUMN episode_step.left_town IS 'of a step that ends protection: the township then'")


def downgrade() -> None:
    """Make the former table again, with what is about episodes."""
    op.execute("ALTER TABLE episode_step DROP COLUMN left_town")
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
    op.execute("""
    INSERT INTO stale_decision (id, episode_id, client_id, decision, refused_at)
    SELECT id, subject_id::uuid, refused_by, decision, refused_at FROM refused_decision WHERE subject = 'episode'
    """)
    conflicts.drop(op)
