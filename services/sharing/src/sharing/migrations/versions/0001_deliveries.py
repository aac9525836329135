"""Messaging tables and deliveries.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from servicekit import messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create outbox, inbox, idempotency; deliveries and their parts."""
    messaging_tables.create(op)
    op.execute(
        """
        CREATE SEQUENCE delivery_commit_seq;

        CREATE TABLE delivery (
            id             text PRIMARY KEY,
            dataset        text NOT NULL,
            department     text NOT NULL,
            period         text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
            area_code      text COLLATE "C" NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
            kind           text NOT NULL CHECK (kind IN ('full', 'increment', 'record')),
            state          text NOT NULL CHECK (state IN ('open', 'committed', 'refused', 'abandoned')),
            is_strict      boolean NOT NULL DEFAULT false,
            is_nil         boolean NOT NULL DEFAULT false,
            nil_reason     text,
            opened_by      text NOT NULL,
            opened_at      timestamptz NOT NULL,
            active_at      timestamptz NOT NULL,
            closed_at      timestamptz,
            commit_seq     bigint UNIQUE,
            receipt_no     text UNIQUE,
            rows_accepted  bigint CHECK (rows_accepted >= 0),
            rows_rejected  bigint CHECK (rows_rejected >= 0),
            rows_duplicate bigint CHECK (rows_duplicate >= 0),
            part_count     int CHECK (part_count >= 0),
            due_on         date NOT NULL,
            is_late        boolean,
            supersedes     text REFERENCES delivery (id),
            superseded_by  text REFERENCES delivery (id),
            exclusion_path text,
            rejects_deleted_at timestamptz,
            CONSTRAINT delivery_committed_check CHECK (
                (state = 'committed') = (commit_seq IS NOT NULL)
                AND (state <> 'committed' OR (receipt_no IS NOT NULL AND rows_accepted IS NOT NULL
                     AND rows_rejected IS NOT NULL AND is_late IS NOT NULL AND closed_at IS NOT NULL)))
        );
        CREATE INDEX delivery_effective_idx ON delivery (dataset, period, commit_seq) WHERE state = 'committed';
        CREATE INDEX delivery_list_idx ON delivery (opened_at, id);
        CREATE INDEX delivery_open_idx ON delivery (active_at) WHERE state = 'open';
        -- One delivery of a dataset counts for a period and area; the others were superseded.
        CREATE UNIQUE INDEX delivery_current_key ON delivery (dataset, period, area_code)
            WHERE state = 'committed' AND kind <> 'record' AND superseded_by IS NULL;

        CREATE TABLE delivery_part (
            delivery_id   text NOT NULL REFERENCES delivery (id),
            number        int NOT NULL CHECK (number >= 1),
            sha256        text NOT NULL,
            size_bytes    bigint NOT NULL CHECK (size_bytes >= 0),
            format        text NOT NULL CHECK (format IN ('ndjson', 'csv', 'xlsx', 'record')),
            rows          bigint NOT NULL,
            accepted      bigint NOT NULL CHECK (accepted >= 0),
            rejected      bigint NOT NULL CHECK (rejected >= 0),
            reject_counts jsonb NOT NULL DEFAULT '{}',
            warnings      jsonb NOT NULL DEFAULT '[]',
            path          text NOT NULL UNIQUE,
            rejects_path  text UNIQUE,
            received_at   timestamptz NOT NULL,
            PRIMARY KEY (delivery_id, number),
            CONSTRAINT delivery_part_rows_check CHECK (rows = accepted + rejected)
        );
        """
    )


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute("DROP TABLE delivery_part; DROP TABLE delivery; DROP SEQUENCE delivery_commit_seq")
    messaging_tables.drop(op)
