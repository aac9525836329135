"""Clues with their sources, the directory, the alert feed, subscriptions and webhook deliveries."""

from alembic import op

from servicekit import messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DIRECTORY = """
-- A row per household that was ever heard of. It is also the lock under which everything about a household
-- happens, so it exists (version 0) even before the registry's first snapshot.
CREATE TABLE household (
    household_id text PRIMARY KEY,
    area_code    text COLLATE "C" NOT NULL,
    is_monitored boolean NOT NULL DEFAULT false,
    open_risks   text[] NOT NULL DEFAULT '{}',
    version      int NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

CREATE TABLE area (
    area_code   text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL,
    level       text NOT NULL,
    parent_code text
);

CREATE TABLE policy (
    region          text COLLATE "C" NOT NULL,
    version         int NOT NULL,
    effective_from  date NOT NULL,
    source_document text NOT NULL,
    parameters      jsonb NOT NULL,
    PRIMARY KEY (region, version)
);

CREATE TABLE episode (
    episode_id   text PRIMARY KEY,
    household_id text NOT NULL,
    clue_id      text,
    state        text NOT NULL,
    occurred_on  date NOT NULL
);
CREATE INDEX episode_household_id_idx ON episode (household_id);
"""

_CLUES = """
CREATE TABLE clue (
    id             uuid PRIMARY KEY,
    household_id   text NOT NULL,
    is_provisional boolean NOT NULL DEFAULT false,
    area_code      text COLLATE "C" NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
    town_code      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(area_code, 9) || '000') STORED,
    risk_type      text NOT NULL,
    severity       text NOT NULL CHECK (severity IN ('RED', 'ORANGE', 'YELLOW', 'INFO')),
    state          text NOT NULL CHECK (state IN ('new', 'dispatched', 'verifying', 'unreachable',
                       'confirmed_identify', 'confirmed_policy', 'existing_case', 'excluded')),
    is_open        boolean NOT NULL
                       GENERATED ALWAYS AS (state IN ('new', 'dispatched', 'verifying', 'unreachable')) STORED,
    version        int NOT NULL DEFAULT 1 CHECK (version >= 1),
    channels       text[] NOT NULL,
    rule_ids       text[] NOT NULL,
    source_count   int NOT NULL,
    latest_period  text,
    raised_at      timestamptz NOT NULL,
    due_at         timestamptz,
    dispatched_to  text,
    dispatched_at  timestamptz,
    is_overdue     boolean NOT NULL DEFAULT false,
    escalated_to   text,
    accepted_at    timestamptz,
    accepted_by    text,
    verified_at    timestamptz,
    result_reason  text,
    episode_id     text,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT clue_excluded_reason_check CHECK (state <> 'excluded' OR result_reason IS NOT NULL)
) WITH (fillfactor = 85);
-- The rule that folding rests on: one open clue per household and risk type.
CREATE UNIQUE INDEX clue_open_key ON clue (household_id, risk_type) WHERE is_open;
CREATE INDEX clue_household_id_idx ON clue (household_id);
CREATE INDEX clue_town_code_id_idx ON clue (town_code, id);
CREATE INDEX clue_area_code_id_idx ON clue (area_code, id);
CREATE INDEX clue_due_at_idx ON clue (due_at) WHERE is_open AND NOT is_overdue;

CREATE TABLE clue_source (
    id              uuid PRIMARY KEY,
    clue_id         uuid NOT NULL REFERENCES clue (id),
    household_id    text NOT NULL,
    channel         text NOT NULL,
    finding_id      text,
    rule_id         text,
    rule_version    int,
    person_id       text,
    period          text,
    severity        text NOT NULL CHECK (severity IN ('RED', 'ORANGE', 'YELLOW', 'INFO')),
    evidence        jsonb NOT NULL DEFAULT '{}',
    numbers         jsonb NOT NULL DEFAULT '{}',
    fact_names      jsonb NOT NULL DEFAULT '{}',
    parameters      jsonb NOT NULL DEFAULT '{}',
    profile_version int,
    deliveries      text[] NOT NULL DEFAULT '{}',
    found_at        timestamptz NOT NULL,
    is_suppressed   boolean NOT NULL DEFAULT false,
    withdrawn_at    timestamptz,
    withdrawn_run   text,
    via             text,
    note            text,
    visitors        text[] NOT NULL DEFAULT '{}',
    occurred_on     date,
    reported_by     text
);
CREATE UNIQUE INDEX clue_source_finding_id_key ON clue_source (finding_id) WHERE finding_id IS NOT NULL;
CREATE INDEX clue_source_clue_id_idx ON clue_source (clue_id);
CREATE INDEX clue_source_household_id_period_idx ON clue_source (household_id, period);

CREATE TABLE verification (
    id           uuid PRIMARY KEY,
    clue_id      uuid NOT NULL REFERENCES clue (id),
    clue_version int NOT NULL,
    result       text NOT NULL,
    reason       text,
    note         text NOT NULL,
    verifiers    text[] NOT NULL,
    visited_on   date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    UNIQUE (clue_id, clue_version)
);
"""

_FEED = """
-- Positions are given under one advisory lock (alerts.feed.store), so their order is the order of commits.
CREATE TABLE alert (
    position     bigint PRIMARY KEY,
    event_id     uuid NOT NULL UNIQUE,
    clue_id      uuid NOT NULL,
    household_id text NOT NULL,
    area_code    text COLLATE "C" NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('raised', 'escalated', 'resolved', 'overdue')),
    risk_type    text NOT NULL,
    severity     text NOT NULL,
    published_at timestamptz NOT NULL,
    traceparent  text,
    data         json NOT NULL
);
CREATE INDEX alert_area_code_position_idx ON alert (area_code, position);
CREATE INDEX alert_clue_id_idx ON alert (clue_id);
"""

_SUBSCRIPTIONS = """
CREATE TABLE subscription (
    id                   uuid PRIMARY KEY,
    client_id            text NOT NULL,
    name                 text NOT NULL,
    channel              text NOT NULL CHECK (channel IN ('webhook', 'sse', 'pull', 'kafka')),
    areas                text[] NOT NULL CHECK (cardinality(areas) > 0),
    area_lows            text[] COLLATE "C" NOT NULL,
    area_highs           text[] COLLATE "C" NOT NULL,
    risk_types           text[] NOT NULL DEFAULT '{}',
    severities           text[] NOT NULL DEFAULT '{}',
    kinds                text[] NOT NULL DEFAULT '{}',
    url                  text,
    state                text NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
    disabled_reason      text,
    secret               text,
    previous_secret      text,
    previous_valid_until timestamptz,
    failing_since        timestamptz,
    failure_streak       int NOT NULL DEFAULT 0,
    paused_until         timestamptz,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT subscription_webhook_check CHECK
        (channel <> 'webhook' OR state = 'deleted' OR (url IS NOT NULL AND secret IS NOT NULL))
);
CREATE INDEX subscription_client_id_idx ON subscription (client_id, id);

CREATE TABLE webhook_delivery (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscription (id),
    position        bigint NOT NULL,
    household_id    text NOT NULL,
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'exhausted', 'disabled')),
    attempts        int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    lease_id        uuid,
    leased_until    timestamptz,
    last_attempt_at timestamptz,
    last_status     int,
    last_error      text,
    duration_ms     int,
    created_at      timestamptz NOT NULL,
    UNIQUE (subscription_id, position)
) WITH (fillfactor = 85);
CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (subscription_id, next_attempt_at, position)
    WHERE state = 'pending';
-- Order per household: an event waits while an earlier one of the same household is pending.
CREATE INDEX webhook_delivery_order_idx ON webhook_delivery (subscription_id, household_id, position)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_created_at_idx ON webhook_delivery USING brin (created_at);
"""

_DROP = """
DROP TABLE webhook_delivery; DROP TABLE subscription; DROP TABLE alert; DROP TABLE verification;
DROP TABLE clue_source; DROP TABLE clue; DROP TABLE episode; DROP TABLE policy; DROP TABLE area; DROP TABLE household;
"""


def upgrade() -> None:
    """Create everything."""
    messaging_tables.create(op)
    for part in (_DIRECTORY, _CLUES, _FEED, _SUBSCRIPTIONS):
        op.execute(part)


def downgrade() -> None:
    """Drop everything."""
    op.execute(_DROP)
    messaging_tables.drop(op)
