"""Unmasking in bulk is asked by one person and confirmed by another.

Revision ID: 0032
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE unmasking_request (
    id           uuid NOT NULL,
    area_code    text COLLATE "C" NOT NULL,
    persons      int NOT NULL,
    fields       text[] NOT NULL,
    purpose_code text NOT NULL,
    case_id      uuid,
    legal_basis  text,
    reason       text NOT NULL,
    state        text NOT NULL DEFAULT 'open',
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    ended_by     text,
    ended_at     timestamptz,
    note         text,
    CONSTRAINT unmasking_request_pkey PRIMARY KEY (id),
    CONSTRAINT unmasking_request_state_check CHECK (state IN ('open', 'confirmed', 'refused', 'withdrawn')),
    CONSTRAINT unmasking_request_basis_check CHECK (case_id IS NOT NULL OR legal_basis IS NOT NULL),
    CONSTRAINT unmasking_request_confirmed_check CHECK (state <> 'confirmed' OR confirmed_by IS NOT NULL),
    CONSTRAINT unmasking_request_two_check CHECK (confirmed_by <> requested_by),
    CONSTRAINT unmasking_request_ended_check CHECK ((state IN ('refused', 'withdrawn')) = (ended_by IS NOT NULL))
);
CREATE INDEX unmasking_request_area_idx ON unmasking_request (area_code);
CREATE TABLE unmasking_choice (
    request_id uuid NOT NULL,
    place      int NOT NULL,
    person_id  uuid NOT NULL,
    CONSTRAINT unmasking_choice_pkey PRIMARY KEY (request_id, place),
    CONSTRAINT unmasking_choice_request_id_fkey FOREIGN KEY (request_id) REFERENCES unmasking_request (id)
);
ALTER TABLE unmasking ADD COLUMN request_id uuid;
"""


def upgrade() -> None:
    """Looks of before were at one person each, and belong to no request."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget the requests; the looks stay."""
    op.execute(
        "ALTER TABLE unmasking DROP COLUMN request_id; DROP TABLE unmasking_choice; DROP TABLE unmasking_request"
    )
