"""The green channel of an episode: who asked for it and why, and what a second person decided.

Revision ID: 0044
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table: at most one request that was not refused, and nobody decides on their own."""
    op.execute("""
CREATE TABLE green_channel (
    id         uuid NOT NULL,
    episode_id uuid NOT NULL,
    reason     text NOT NULL,
    asked_by   text NOT NULL,
    asked_at   timestamptz NOT NULL,
    decision   text,
    opinion    text,
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT green_channel_pkey PRIMARY KEY (id),
    CONSTRAINT green_channel_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode (id),
    CONSTRAINT green_channel_decision_check CHECK (decision IN ('approved', 'refused')),
    CONSTRAINT green_channel_decided_check CHECK (num_nulls(decision, decided_by, decided_at) IN (0, 3)),
    CONSTRAINT green_channel_second_person_check CHECK (decided_by <> asked_by)
);
CREATE INDEX green_channel_episode_id_idx ON green_channel (episode_id, id);
CREATE UNIQUE INDEX green_channel_standing_idx ON green_channel (episode_id)
    WHERE decision IS DISTINCT FROM 'refused'""")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE green_channel")
