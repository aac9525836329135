"""Who came near a day's number of looks is kept, for the security administrator and the auditor.

Revision ID: 0033
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE quota_alert (
    id        uuid NOT NULL,
    actor     text NOT NULL,
    client_id text NOT NULL,
    kind      text NOT NULL,
    state     text NOT NULL,
    taken     int NOT NULL,
    per_day   int NOT NULL,
    areas     text[] NOT NULL,
    raised_at timestamptz NOT NULL,
    CONSTRAINT quota_alert_pkey PRIMARY KEY (id),
    CONSTRAINT quota_alert_kind_check CHECK (kind IN ('looks', 'bulk')),
    CONSTRAINT quota_alert_state_check CHECK (state IN ('near', 'used_up'))
);
"""


def upgrade() -> None:
    """What was marked before is in the log alone."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE quota_alert")
