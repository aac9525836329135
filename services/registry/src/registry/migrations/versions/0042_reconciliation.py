"""Exports of the national system are compared with the register; their differences wait for a decision.

Revision ID: 0042
"""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE reconciliation (
    id           uuid NOT NULL,
    made_at      timestamptz NOT NULL,
    made_by      text NOT NULL,
    villages     text[] NOT NULL,
    households   int NOT NULL,
    persons      int NOT NULL,
    not_compared int NOT NULL,
    expires_on   date NOT NULL,
    CONSTRAINT reconciliation_pkey PRIMARY KEY (id)
);
CREATE TABLE reconciliation_difference (
    id                uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    kind              text NOT NULL,
    subject           text NOT NULL,
    field             text NOT NULL,
    year              int,
    area_code         text COLLATE "C" NOT NULL,
    household_id      uuid,
    person_id         uuid,
    hh_no             text COLLATE "C" NOT NULL,
    person_no         text,
    who               text,
    line              int,
    registered        jsonb,
    exported          jsonb,
    is_sealed         boolean NOT NULL,
    sealed            text,
    registered_mark   bytea,
    exported_mark     bytea,
    state             text NOT NULL,
    reason            text,
    decided_by        text,
    decided_at        timestamptz,
    revision          int NOT NULL,
    household_version int,
    CONSTRAINT reconciliation_difference_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_difference_reconciliation_id_fkey
        FOREIGN KEY (reconciliation_id) REFERENCES reconciliation (id),
    CONSTRAINT reconciliation_difference_kind_check
        CHECK (kind IN ('field', 'only_in_export', 'only_in_register', 'elsewhere', 'ambiguous')),
    CONSTRAINT reconciliation_difference_field_check CHECK ((kind = 'field') = (field <> '')),
    CONSTRAINT reconciliation_difference_subject_check CHECK (subject IN ('household', 'person', 'income')),
    CONSTRAINT reconciliation_difference_state_check CHECK (state IN ('open', 'accepted', 'ignored', 'gone')),
    CONSTRAINT reconciliation_difference_sealed_check CHECK (sealed IS NULL OR (is_sealed AND state <> 'accepted'))
);
CREATE INDEX reconciliation_difference_place_idx
    ON reconciliation_difference (reconciliation_id, area_code, hh_no, id);
CREATE INDEX reconciliation_difference_household_id_idx ON reconciliation_difference (household_id)
    WHERE state IN ('open', 'ignored');
"""


def upgrade() -> None:
    """Nothing was compared yet."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget what was compared."""
    op.execute("DROP TABLE reconciliation_difference; DROP TABLE reconciliation")
