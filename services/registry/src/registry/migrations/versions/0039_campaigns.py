"""Campaigns of visits, a task a household; a contact says who came along, whether anybody was met, and what was seen.

Revision ID: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# Tasks name their campaign without a foreign key: no campaign is ever deleted, and 300,000 tasks begin at once.
_CREATE = """
CREATE TABLE campaign (
    id            uuid NOT NULL,
    kind          text NOT NULL,
    name          text NOT NULL,
    area_code     text COLLATE "C" NOT NULL,
    from_on       date NOT NULL,
    until_on      date NOT NULL,
    form_version  text NOT NULL,
    opened_at     timestamptz NOT NULL,
    opened_by     text NOT NULL,
    cancelled_at  timestamptz,
    cancelled_by  text,
    cancelled_why text,
    CONSTRAINT campaign_pkey PRIMARY KEY (id),
    CONSTRAINT campaign_kind_check CHECK (kind IN ('sweep', 'verification', 'follow_up')),
    CONSTRAINT campaign_days_check CHECK (until_on >= from_on)
);
COMMENT ON TABLE campaign IS 'The county has households of an area visited (集中排查, 定期核查, 搬迁后续走访).';

CREATE TABLE campaign_task (
    campaign_id  uuid NOT NULL,
    household_id uuid NOT NULL,
    state        text NOT NULL,
    visits       int NOT NULL,
    happened_on  date,
    contact_id   uuid,
    left_on      date,
    CONSTRAINT campaign_task_pkey PRIMARY KEY (campaign_id, household_id),
    CONSTRAINT campaign_task_state_check CHECK (state IN ('open', 'no_risk', 'risk_found', 'absent', 'refused')),
    CONSTRAINT campaign_task_result_check CHECK ((state = 'open') = (contact_id IS NULL)
        AND (state = 'open') = (happened_on IS NULL))
);
COMMENT ON TABLE campaign_task IS 'A household that a campaign concerns, and the result of a visit that stands.';

ALTER TABLE contact
    ADD COLUMN companions uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN campaign_id uuid,
    ADD COLUMN outcome text NOT NULL DEFAULT 'met',
    ADD COLUMN risk_types text[] NOT NULL DEFAULT '{}',
    ADD COLUMN statuses jsonb;
"""
_DROP = """
ALTER TABLE contact DROP COLUMN companions, DROP COLUMN campaign_id, DROP COLUMN outcome, DROP COLUMN risk_types,
    DROP COLUMN statuses;
DROP TABLE campaign_task;
DROP TABLE campaign;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute(_DROP)
