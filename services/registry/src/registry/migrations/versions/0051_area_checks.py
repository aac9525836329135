"""What counter-checks have found in villages and townships, and what the county judged.

Revision ID: 0051
"""

from __future__ import annotations

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE area_check (
    id          uuid NOT NULL DEFAULT uuidv7(),
    code        text NOT NULL,
    area_code   text COLLATE "C" NOT NULL,
    cause       text NOT NULL,
    evidence    jsonb NOT NULL,
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    answered_at timestamptz,
    answered_by text,
    answer      text,
    CONSTRAINT area_check_pkey PRIMARY KEY (id),
    CONSTRAINT area_check_answer_check CHECK (num_nulls(answered_at, answered_by, answer) IN (0, 3))
);
CREATE UNIQUE INDEX area_check_open_key ON area_check (area_code, code, cause) WHERE closed_at IS NULL;
"""


def upgrade() -> None:
    """Nothing was found yet."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Forget it."""
    op.execute("DROP TABLE area_check")
