"""Which exports of the directory, kept on workers' disks, this database vouches for.

Revision ID: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Nothing is added to the directory itself: a household's row remembers who wrote it last."""
    op.execute(
        """
        CREATE TABLE directory_export (
            id         text COLLATE "C" PRIMARY KEY,
            -- Every transaction before this one had ended: all that it wrote is in the export.
            watermark  xid8 NOT NULL,
            -- Transactions are counted by a cluster, so a dump of this table restored into another says nothing there.
            cluster    bigint NOT NULL,
            format     text NOT NULL,
            sha256     text NOT NULL,
            made_at    timestamptz NOT NULL
        );
        """
    )


def downgrade() -> None:
    """Drop it; the files that workers keep are then nobody's."""
    op.execute("DROP TABLE directory_export")
