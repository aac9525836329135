"""The audit record names the person that a client acted for.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OUTCOMES = """
    INSERT INTO audit_outcome (entry_id, status, bytes_in, bytes_out, duration_ms, shown, code)
    SELECT id, status, bytes_in, bytes_out, duration_ms, shown, code
    FROM json_to_recordset(outcomes) AS given(id uuid, status int, bytes_in bigint, bytes_out bigint,
        duration_ms int, shown uuid[], code text);
"""


def upgrade() -> None:
    """Add it to the entry, which is sealed; what was sealed without keeps its digest."""
    op.execute(f"""
    ALTER TABLE audit_entry ADD COLUMN person uuid;

    CREATE OR REPLACE FUNCTION audit_append(entries json, outcomes json) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7205759404);
        INSERT INTO audit_entry (entry_id, client_id, person, issuer, department, method, route, scope, purpose,
                                 object_path, source, request_id)
        SELECT id, client_id, person, issuer, department, method, route, scope, purpose, object_path, source, request_id
        FROM json_to_recordset(entries) AS given(id uuid, client_id text, person uuid, issuer text, department text,
            method text, route text, scope text, purpose text, object_path text, source text, request_id text);
        {_OUTCOMES}
    END $$;
    """)


def downgrade() -> None:
    """Forget who it was."""
    op.execute(f"""
    CREATE OR REPLACE FUNCTION audit_append(entries json, outcomes json) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7205759404);
        INSERT INTO audit_entry (entry_id, client_id, issuer, department, method, route, scope, purpose, object_path,
                                 source, request_id)
        SELECT id, client_id, issuer, department, method, route, scope, purpose, object_path, source, request_id
        FROM json_to_recordset(entries) AS given(id uuid, client_id text, issuer text, department text, method text,
            route text, scope text, purpose text, object_path text, source text, request_id text);
        {_OUTCOMES}
    END $$;
    ALTER TABLE audit_entry DROP COLUMN person;
    """)
