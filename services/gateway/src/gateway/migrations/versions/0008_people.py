"""The roster as the registry tells it: whose account is whose, and the terms.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create its tables."""
    op.execute(
        """
        CREATE TABLE staff (
            staff_id uuid CONSTRAINT staff_pkey PRIMARY KEY,
            version int NOT NULL,
            is_active boolean NOT NULL,
            unit_kind text NOT NULL,
            unit_area_code text COLLATE "C" NOT NULL,
            department text,
            appointments json NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX staff_changed_at_idx ON staff (changed_at);
        CREATE TABLE staff_account (
            staff_id uuid NOT NULL,
            issuer text COLLATE "C" NOT NULL,
            subject text COLLATE "C" NOT NULL,
            CONSTRAINT staff_account_pkey PRIMARY KEY (staff_id, issuer, subject)
        );
        CREATE INDEX staff_account_subject_idx ON staff_account (subject, issuer);
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE staff_account, staff")
