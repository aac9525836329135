"""Clients, signing keys, used assertions, and the append-only audit record."""

from __future__ import annotations

from alembic import op

from servicekit import messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ACCESS = """
CREATE TABLE client (
    client_id             text COLLATE "C" NOT NULL CONSTRAINT client_pkey PRIMARY KEY,
    name                  text NOT NULL,
    secret_hash           text,
    previous_secret_hash  text,
    previous_secret_until timestamptz,
    jwks                  json,
    scopes                text[] NOT NULL,
    department            text,
    areas                 text[] NOT NULL,
    status                text NOT NULL DEFAULT 'active',
    epoch                 int NOT NULL DEFAULT 1,
    epoch_changed_at      timestamptz NOT NULL DEFAULT now(),
    version               int NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT client_client_id_check CHECK (client_id ~ '^[a-z0-9][a-z0-9._-]{2,63}$'),
    CONSTRAINT client_status_check CHECK (status IN ('active', 'disabled', 'removed')),
    CONSTRAINT client_secret_hash_check CHECK (secret_hash ~ '^[0-9a-f]{64}$')
);
CREATE INDEX client_epoch_changed_at_idx ON client (epoch_changed_at);

CREATE TABLE secret_failure (
    client_id    text COLLATE "C" NOT NULL,
    source       text NOT NULL,
    failures     int NOT NULL,
    window_from  timestamptz NOT NULL,
    locked_until timestamptz,
    CONSTRAINT secret_failure_pkey PRIMARY KEY (client_id, source)
);

CREATE TABLE used_assertion (
    client_id  text COLLATE "C" NOT NULL,
    jti        text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT used_assertion_pkey PRIMARY KEY (client_id, jti)
);
CREATE INDEX used_assertion_expires_at_idx ON used_assertion (expires_at);

CREATE TABLE signing_key (
    kid             text COLLATE "C" NOT NULL CONSTRAINT signing_key_pkey PRIMARY KEY,
    private_sealed  text NOT NULL,
    public_jwk      json NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    signs_from      timestamptz NOT NULL,
    signs_until     timestamptz NOT NULL,
    published_until timestamptz NOT NULL,
    CONSTRAINT signing_key_times_check CHECK (signs_from <= signs_until AND signs_until <= published_until)
);
CREATE INDEX signing_key_published_until_idx ON signing_key (published_until);
"""

_AUDIT = """
CREATE TABLE audit_entry (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_entry_pkey PRIMARY KEY,
    entry_id    uuid NOT NULL CONSTRAINT audit_entry_entry_id_key UNIQUE,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    client_id   text COLLATE "C" NOT NULL,
    issuer      text NOT NULL,
    department  text,
    method      text NOT NULL,
    route       text NOT NULL,
    scope       text NOT NULL,
    purpose     text NOT NULL,
    object_path text COLLATE "C" NOT NULL,
    source      text NOT NULL,
    request_id  text NOT NULL
);
CREATE INDEX audit_entry_client_id_idx ON audit_entry (client_id, id);
CREATE INDEX audit_entry_object_path_idx ON audit_entry (object_path, id);
CREATE INDEX audit_entry_occurred_at_idx ON audit_entry USING brin (occurred_at);

CREATE TABLE audit_outcome (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_outcome_pkey PRIMARY KEY,
    entry_id    uuid NOT NULL,
    ended_at    timestamptz NOT NULL DEFAULT now(),
    status      int NOT NULL,
    bytes_in    bigint NOT NULL,
    bytes_out   bigint NOT NULL,
    duration_ms int NOT NULL
);
CREATE INDEX audit_outcome_entry_id_idx ON audit_outcome (entry_id);

CREATE TABLE audit_seal (
    seq              bigint NOT NULL CONSTRAINT audit_seal_pkey PRIMARY KEY,
    sealed_at        timestamptz NOT NULL,
    entry_from_id    bigint NOT NULL,
    entry_to_id      bigint NOT NULL,
    entries          int NOT NULL,
    entries_digest   text NOT NULL,
    outcome_from_id  bigint NOT NULL,
    outcome_to_id    bigint NOT NULL,
    outcomes         int NOT NULL,
    outcomes_digest  text NOT NULL,
    previous_hash    text NOT NULL,
    hash             text NOT NULL,
    mac              text NOT NULL,
    CONSTRAINT audit_seal_range_check CHECK (entry_from_id <= entry_to_id AND outcome_from_id <= outcome_to_id)
);
CREATE INDEX audit_seal_entry_to_id_idx ON audit_seal (entry_to_id);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit record is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_outcome_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_outcome
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Appends in one round trip. The shared lock comes before any id is drawn and is held until the commit, so that
-- whoever holds it exclusively for a moment knows that every smaller id is committed or never will be.
CREATE FUNCTION audit_append(entries json, outcomes json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7205759404);
    INSERT INTO audit_entry (entry_id, client_id, issuer, department, method, route, scope, purpose, object_path,
                             source, request_id)
    SELECT id, client_id, issuer, department, method, route, scope, purpose, object_path, source, request_id
    FROM json_to_recordset(entries) AS given(id uuid, client_id text, issuer text, department text, method text,
        route text, scope text, purpose text, object_path text, source text, request_id text);
    INSERT INTO audit_outcome (entry_id, status, bytes_in, bytes_out, duration_ms)
    SELECT id, status, bytes_in, bytes_out, duration_ms
    FROM json_to_recordset(outcomes) AS given(id uuid, status int, bytes_in bigint, bytes_out bigint, duration_ms int);
END $$;
"""


def upgrade() -> None:
    """Create the gateway's tables."""
    messaging_tables.create(op)
    op.execute(_ACCESS)
    op.execute(_AUDIT)


def downgrade() -> None:
    """Drop the gateway's tables."""
    op.execute("DROP FUNCTION audit_append(json, json)")
    op.execute("DROP TABLE audit_seal, audit_outcome, audit_entry, signing_key, used_assertion, secret_failure, client")
    op.execute("DROP FUNCTION audit_refuse_change()")
    messaging_tables.drop(op)
