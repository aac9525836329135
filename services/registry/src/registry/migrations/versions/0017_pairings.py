"""Who helps which household, and how they were in touch.

Revision ID: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE pairing (
    id           uuid NOT NULL,
    household_id uuid NOT NULL,
    staff_id     uuid NOT NULL,
    from_on      date NOT NULL,
    until_on     date,
    why          text NOT NULL,
    ended_why    text,
    ended_at     timestamptz,
    ended_by     text,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    version      int NOT NULL,
    CONSTRAINT pairing_pkey PRIMARY KEY (id),
    CONSTRAINT pairing_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id),
    CONSTRAINT pairing_span_check CHECK (until_on >= from_on),
    CONSTRAINT pairing_helper_excl EXCLUDE USING gist (
        household_id WITH =, daterange(from_on, until_on, '[)') WITH &&)
);
CREATE INDEX pairing_household_id_idx ON pairing (household_id, from_on);
CREATE INDEX pairing_staff_id_idx ON pairing (staff_id, from_on);
COMMENT ON TABLE pairing IS 'Who helps a household (结对帮扶), from a day until another, on which it is no more.';

CREATE TABLE contact (
    id           uuid NOT NULL,
    household_id uuid NOT NULL,
    staff_id     uuid NOT NULL,
    happened_on  date NOT NULL,
    way          text NOT NULL,
    note         text,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT contact_pkey PRIMARY KEY (id),
    CONSTRAINT contact_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id)
);
CREATE INDEX contact_household_id_idx ON contact (household_id, id);
CREATE INDEX contact_staff_id_idx ON contact (staff_id, id);
COMMENT ON TABLE contact IS 'How helpers were in touch with households (联系记录), when it was and when it was told.';
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE contact; DROP TABLE pairing")
