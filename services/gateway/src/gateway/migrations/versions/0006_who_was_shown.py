"""The audit record tells who an answer was about, and with which code a request was refused.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both to the outcome, which is sealed; what was sealed without them keeps its digest."""
    op.execute("""
    ALTER TABLE audit_outcome ADD COLUMN shown uuid[], ADD COLUMN code text;

    CREATE OR REPLACE FUNCTION audit_append(entries json, outcomes json) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7205759404);
        INSERT INTO audit_entry (entry_id, client_id, issuer, department, method, route, scope, purpose, object_path,
                                 source, request_id)
        SELECT id, client_id, issuer, department, method, route, scope, purpose, object_path, source, request_id
        FROM json_to_recordset(entries) AS given(id uuid, client_id text, issuer text, department text, method text,
            route text, scope text, purpose text, object_path text, source text, request_id text);
        INSERT INTO audit_outcome (entry_id, status, bytes_in, bytes_out, duration_ms, shown, code)
        SELECT id, status, bytes_in, bytes_out, duration_ms, shown, code
        FROM json_to_recordset(outcomes) AS given(id uuid, status int, bytes_in bigint, bytes_out bigint,
            duration_ms int, shown uuid[], code text);
    END $$;
    """)


def downgrade() -> None:
    """Forget who was shown."""
    op.execute("""
    CREATE OR REPLACE FUNCTION audit_append(entries json, outcomes json) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7205759404);
        INSERT INTO audit_entry (entry_id, client_id, issuer, department, method, route, scope, purpose, object_path,
                                 source, request_id)
        SELECT id, client_id, issuer, department, method, route, scope, purpose, object_path, source, request_id
        FROM json_to_recordset(entries) AS given(id uuid, client_id text, issuer text, department text, method text,
            route text, scope text, purpose text, object_path text, source text, request_id text);
        INSERT INTO audit_outcome (entry_id, status, bytes_in, bytes_out, duration_ms)
        SELECT id, status, bytes_in, bytes_out, duration_ms
        FROM json_to_recordset(outcomes) AS given(id uuid, status int, bytes_in bigint, bytes_out bigint,
            duration_ms int);
    END $$;
    ALTER TABLE audit_outcome DROP COLUMN shown, DROP COLUMN code;
    """)
