"""The roster: units, staff with their accounts, terms in roles.

Revision ID: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The digits that every area of the subtree begins with (servicekit.areas.prefix_of), for joins over many households.
_PREFIX = """CASE WHEN area_code = '000000000000' THEN ''
    WHEN right(area_code, 10) = '0000000000' THEN left(area_code, 2)
    WHEN right(area_code, 8) = '00000000' THEN left(area_code, 4)
    WHEN right(area_code, 6) = '000000' THEN left(area_code, 6)
    WHEN right(area_code, 3) = '000' THEN left(area_code, 9)
    ELSE area_code END"""

_CREATE = f"""
CREATE TABLE unit (
    id         uuid NOT NULL,
    kind       text NOT NULL,
    name       text NOT NULL,
    area_code  text COLLATE "C" NOT NULL,
    department text,
    is_active  boolean NOT NULL,
    version    int NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT unit_pkey PRIMARY KEY (id),
    CONSTRAINT unit_name_key UNIQUE (area_code, kind, name)
);
CREATE UNIQUE INDEX unit_department_key ON unit (area_code, department) WHERE department IS NOT NULL AND is_active;
COMMENT ON TABLE unit IS 'Where staff belong: departments, townships, villages, work teams (单位).';

CREATE TABLE staff (
    id           uuid NOT NULL,
    staff_no     text,
    name         text NOT NULL,
    phone_masked text,
    contact      text,
    unit_id      uuid NOT NULL,
    is_active    boolean NOT NULL,
    version      int NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    CONSTRAINT staff_pkey PRIMARY KEY (id),
    CONSTRAINT staff_staff_no_key UNIQUE (staff_no),
    CONSTRAINT staff_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit (id)
);
CREATE INDEX staff_unit_id_idx ON staff (unit_id);
COMMENT ON TABLE staff IS 'People on the roster (人员); the telephone number is encrypted.';

CREATE TABLE staff_account (
    id        uuid NOT NULL,
    staff_id  uuid NOT NULL,
    issuer    text NOT NULL,
    subject   text NOT NULL,
    linked_at timestamptz NOT NULL,
    linked_by text NOT NULL,
    CONSTRAINT staff_account_pkey PRIMARY KEY (id),
    CONSTRAINT staff_account_subject_key UNIQUE (issuer, subject),
    CONSTRAINT staff_account_issuer_key UNIQUE (staff_id, issuer),
    CONSTRAINT staff_account_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id)
);
COMMENT ON TABLE staff_account IS 'Who signs in with which account: one person an account, one account an issuer.';

CREATE TABLE appointment (
    id          uuid NOT NULL,
    staff_id    uuid NOT NULL,
    unit_id     uuid NOT NULL,
    role        text NOT NULL,
    area_code   text COLLATE "C" NOT NULL,
    area_prefix text COLLATE "C" GENERATED ALWAYS AS ({_PREFIX}) STORED NOT NULL,
    grid        text,
    first_on    date NOT NULL,
    last_on     date,
    ended_why   text,
    ended_at    timestamptz,
    ended_by    text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT appointment_pkey PRIMARY KEY (id),
    CONSTRAINT appointment_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id),
    CONSTRAINT appointment_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit (id),
    CONSTRAINT appointment_term_check CHECK (last_on >= first_on),
    CONSTRAINT appointment_overlap_excl EXCLUDE USING gist (
        staff_id WITH =, role WITH =, area_code WITH =, coalesce(grid, '') WITH =,
        daterange(first_on, last_on, '[]') WITH &&),
    CONSTRAINT appointment_liaison_excl EXCLUDE USING gist (
        unit_id WITH =, daterange(first_on, last_on, '[]') WITH &&) WHERE (role = 'DEPT'),
    CONSTRAINT appointment_administrators_excl EXCLUDE USING gist (
        staff_id WITH =, role WITH <>, daterange(first_on, last_on, '[]') WITH &&)
        WHERE (role IN ('SYSADMIN', 'SECADMIN', 'AUDITADMIN'))
);
CREATE INDEX appointment_staff_id_idx ON appointment (staff_id, first_on);
CREATE INDEX appointment_area_code_idx ON appointment (area_code, staff_id);
COMMENT ON TABLE appointment IS 'Terms in roles (任职); ended ones stay.';
"""


def upgrade() -> None:
    """Create them. btree_gist comes with PostgreSQL and is trusted: the owner of the database may create it."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE appointment; DROP TABLE staff_account; DROP TABLE staff; DROP TABLE unit")
    op.execute("DROP EXTENSION btree_gist")
