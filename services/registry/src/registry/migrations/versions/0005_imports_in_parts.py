"""Imports are received in parts, queued, and carried out by the worker.

Release N-1 goes on beside it: what it writes is a finished import of households, as the defaults say.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give imports a state, a lease, and a place for the bytes that wait."""
    op.execute("""
    ALTER TABLE import_run
        ADD COLUMN kind          text NOT NULL DEFAULT 'households',
        ADD COLUMN state         text NOT NULL DEFAULT 'done'
            CONSTRAINT import_run_state_check CHECK (state IN ('open', 'received', 'running', 'done', 'failed')),
        ADD COLUMN content_type  text NOT NULL DEFAULT '',
        ADD COLUMN rows_read     int NOT NULL DEFAULT 0,
        ADD COLUMN problem       jsonb,
        ADD COLUMN traceparent   text,
        ADD COLUMN opened_at     timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN finished_at   timestamptz,
        ADD COLUMN attempts      int NOT NULL DEFAULT 0,
        ADD COLUMN lease_token   uuid,
        ADD COLUMN lease_until   timestamptz,
        ALTER COLUMN size_bytes DROP NOT NULL,
        ALTER COLUMN sha256 DROP NOT NULL,
        ALTER COLUMN started_at DROP NOT NULL,
        ALTER COLUMN seconds DROP NOT NULL,
        ALTER COLUMN households SET DEFAULT 0,
        ALTER COLUMN created SET DEFAULT 0,
        ALTER COLUMN updated SET DEFAULT 0,
        ALTER COLUMN unchanged SET DEFAULT 0,
        ALTER COLUMN persons SET DEFAULT 0,
        ALTER COLUMN households_rejected SET DEFAULT 0,
        ALTER COLUMN rows_rejected SET DEFAULT 0,
        ALTER COLUMN reject_codes SET DEFAULT '{}',
        ALTER COLUMN warnings SET DEFAULT '[]';
    """)
    op.execute("""
    CREATE TABLE import_part (
        import_id   uuid NOT NULL,
        number      int NOT NULL,
        upload_id   uuid NOT NULL,
        size_bytes  bigint NOT NULL,
        sha256      text NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT import_part_pkey PRIMARY KEY (import_id, number)
    );
    CREATE TABLE import_block (
        import_id uuid NOT NULL,
        upload_id uuid NOT NULL,
        number    int NOT NULL,
        data      bytea STORAGE EXTERNAL NOT NULL,
        CONSTRAINT import_block_pkey PRIMARY KEY (import_id, upload_id, number)
    );
    """)


def downgrade() -> None:
    """Forget imports that are not finished."""
    op.execute("""
    DELETE FROM import_run WHERE state <> 'done';
    DROP TABLE import_block; DROP TABLE import_part;
    ALTER TABLE import_run
        DROP COLUMN kind, DROP COLUMN state, DROP COLUMN content_type, DROP COLUMN rows_read, DROP COLUMN problem,
        DROP COLUMN traceparent, DROP COLUMN opened_at, DROP COLUMN finished_at, DROP COLUMN attempts,
        DROP COLUMN lease_token, DROP COLUMN lease_until,
        ALTER COLUMN size_bytes SET NOT NULL, ALTER COLUMN sha256 SET NOT NULL, ALTER COLUMN started_at SET NOT NULL,
        ALTER COLUMN seconds SET NOT NULL;
    """)
