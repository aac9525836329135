"""Agreements, what was provided under them to whom about whom, and what became of areas.

Revision ID: 0033
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION purpose_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the purpose ledger is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER provision_receipt_append_only BEFORE UPDATE OR DELETE ON provision_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION purpose_ledger_is_append_only();
CREATE TRIGGER provision_person_append_only BEFORE UPDATE OR DELETE ON provision_person
    FOR EACH STATEMENT EXECUTE FUNCTION purpose_ledger_is_append_only();
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
    CREATE TABLE known_area (
        area_code  text COLLATE "C" PRIMARY KEY,
        valid_from date NOT NULL,
        valid_to   date,
        successors text[] NOT NULL DEFAULT '{}'
    );
    CREATE TABLE agreement (
        id              text COLLATE "C" PRIMARY KEY,
        product         text NOT NULL,
        provider        text NOT NULL,
        receiver        text NOT NULL,
        receiver_client text,
        mode            text NOT NULL CHECK (mode IN ('check', 'list', 'file', 'feed')),
        created_by      text NOT NULL,
        created_at      timestamptz NOT NULL,
        changed_at      timestamptz NOT NULL,
        revoked_at      timestamptz,
        revoked_by      text,
        revoked_why     text,
        version         int NOT NULL,
        CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
    );
    CREATE TABLE agreement_terms (
        agreement_id         text COLLATE "C" NOT NULL REFERENCES agreement (id),
        number               int NOT NULL CHECK (number > 0),
        fields               text[] NOT NULL,
        area_codes           text[] NOT NULL CHECK (cardinality(area_codes) > 0),
        legal_basis          text NOT NULL,
        purpose              text NOT NULL,
        valid_from           date NOT NULL,
        ends_on              date NOT NULL CHECK (ends_on >= valid_from),
        rows_per_day         int NOT NULL CHECK (rows_per_day > 0),
        state                text NOT NULL CHECK (state IN ('draft', 'offered', 'approved', 'refused')),
        proposed_by          text NOT NULL,
        proposed_at          timestamptz NOT NULL,
        provider_approved_by text,
        provider_approved_at timestamptz,
        receiver_approved_by text,
        receiver_approved_at timestamptz,
        refused_by           text,
        refused_why          text,
        CONSTRAINT agreement_terms_pkey PRIMARY KEY (agreement_id, number),
        CHECK (provider_approved_by <> receiver_approved_by),
        CHECK (state <> 'approved' OR (provider_approved_by IS NOT NULL AND receiver_approved_by IS NOT NULL))
    );
    CREATE TABLE provision_receipt (
        no           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id           text COLLATE "C" NOT NULL CONSTRAINT provision_receipt_id_key UNIQUE,
        agreement_id text COLLATE "C" NOT NULL,
        terms        int NOT NULL,
        product      text NOT NULL,
        mode         text NOT NULL,
        provider     text NOT NULL,
        receiver     text NOT NULL,
        client_id    text NOT NULL,
        actor        text NOT NULL,
        purpose      text NOT NULL,
        legal_basis  text NOT NULL,
        fields       text[] NOT NULL,
        area_codes   text[] NOT NULL,
        as_of        date NOT NULL,
        rows         int NOT NULL,
        sha256       text,
        at           timestamptz NOT NULL
    );
    CREATE INDEX provision_receipt_agreement_id_at_idx ON provision_receipt (agreement_id, at);
    CREATE TABLE provision_person (
        person_id    text COLLATE "C" NOT NULL,
        receipt_no   bigint NOT NULL,
        household_id text COLLATE "C" NOT NULL,
        CONSTRAINT provision_person_pkey PRIMARY KEY (person_id, receipt_no)
    );
    CREATE INDEX provision_person_receipt_no_idx ON provision_person (receipt_no);
    CREATE TABLE provision_recall (
        receipt_no      bigint PRIMARY KEY REFERENCES provision_receipt (no),
        person_ids      text[],
        why             text NOT NULL,
        recalled_by     text NOT NULL,
        recalled_at     timestamptz NOT NULL,
        acknowledged_by text,
        acknowledged_at timestamptz,
        note            text,
        CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL))
    );
    CREATE SEQUENCE provision_feed_number;
    CREATE TABLE provision_feed (
        agreement_id text COLLATE "C" NOT NULL,
        household_id text COLLATE "C" NOT NULL,
        person_id    text COLLATE "C" NOT NULL,
        number       bigint NOT NULL,
        digest       text,
        CONSTRAINT provision_feed_pkey PRIMARY KEY (agreement_id, household_id, person_id)
    );
    COMMENT ON COLUMN provision_feed.digest IS 'Of the fields that are agreed; null: it is in the product no more.';
    CREATE INDEX provision_feed_agreement_id_number_idx ON provision_feed (agreement_id, number);
    """)
    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    """Drop them."""
    op.execute("""
    DROP TABLE provision_feed, provision_recall, provision_person, provision_receipt, agreement_terms, agreement,
        known_area;
    DROP SEQUENCE provision_feed_number;
    DROP FUNCTION purpose_ledger_is_append_only();
    """)
