"""Directory, policy profile, comparison runs, findings and their outcomes."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE directory_household (
    household_id              text COLLATE "C" PRIMARY KEY,
    version                   bigint NOT NULL,
    area_code                 text COLLATE "C" NOT NULL,
    hh_type                   text NOT NULL,
    status                    text NOT NULL,
    housing_tenure            text NOT NULL,
    is_resettled              boolean NOT NULL,
    monitor_category          text,
    is_monitored              boolean NOT NULL,
    open_risks                text[] NOT NULL,
    last_negative_decision_on date
);
CREATE INDEX directory_household_area_code_idx ON directory_household (area_code);

-- A person who moves is in both households until both snapshots have arrived, in whatever order: hence the key.
CREATE TABLE directory_person (
    household_id            text COLLATE "C" NOT NULL,
    person_id               text COLLATE "C" NOT NULL,
    id_token                text COLLATE "C",
    person_token            text COLLATE "C",
    birth_date              date NOT NULL,
    sex                     text NOT NULL,
    relation                text NOT NULL,
    labour                  text NOT NULL,
    school_stage            text,
    has_finished_compulsory boolean NOT NULL,
    health                  text[] NOT NULL,
    relief                  text NOT NULL,
    PRIMARY KEY (household_id, person_id)
);
CREATE INDEX directory_person_id_token_idx ON directory_person (id_token) WHERE id_token IS NOT NULL;

CREATE TABLE directory_income (
    household_id   text COLLATE "C" NOT NULL,
    year           int NOT NULL,
    net            numeric(14, 2) NOT NULL,
    per_capita_net numeric(14, 2) NOT NULL,
    ref_per_capita numeric(14, 2) NOT NULL,
    self_paid      numeric(14, 2) NOT NULL,
    PRIMARY KEY (household_id, year)
);

CREATE TABLE policy_profile (
    region          text COLLATE "C" NOT NULL,
    version         int NOT NULL,
    effective_from  date NOT NULL,
    source_document text NOT NULL,
    parameters      jsonb NOT NULL,
    PRIMARY KEY (region, version)
);

CREATE TABLE comparison_run (
    id           text COLLATE "C" PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('full', 'limited', 'dry_run')),
    period       text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    stage        text NOT NULL DEFAULT 'queued',
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    traceparent  text,
    overrides    jsonb NOT NULL DEFAULT '{}',
    attempts     smallint NOT NULL DEFAULT 0,
    lease_token  uuid,
    lease_until  timestamptz,
    started_at   timestamptz,
    finished_at  timestamptz,
    seconds      numeric(10, 3),
    result       jsonb NOT NULL DEFAULT '{}',
    error_code   text,
    error_detail text,
    CHECK ((state = 'running') = (lease_token IS NOT NULL))
);
CREATE INDEX comparison_run_pending_idx ON comparison_run (requested_at) WHERE state IN ('queued', 'running');

CREATE TABLE comparison_run_household (
    run_id       text COLLATE "C" NOT NULL REFERENCES comparison_run ON DELETE CASCADE,
    household_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, household_id)
);

CREATE FUNCTION comparison_run_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('comparison_run', ''); RETURN NULL; END $$;
CREATE TRIGGER comparison_run_notify AFTER INSERT ON comparison_run
    FOR EACH STATEMENT EXECUTE FUNCTION comparison_run_notify();

CREATE TABLE finding (
    finding_id      uuid PRIMARY KEY,
    run_id          text COLLATE "C" NOT NULL,
    rule_id         text COLLATE "C" NOT NULL,
    rule_version    int NOT NULL,
    scope           text NOT NULL CHECK (scope IN ('person', 'household')),
    household_id    text COLLATE "C" NOT NULL,
    person_id       text COLLATE "C",
    area_code       text COLLATE "C" NOT NULL,
    period          text COLLATE "C" NOT NULL,
    risk_type       text NOT NULL,
    severity        text NOT NULL,
    evidence        json NOT NULL,
    parameters      json NOT NULL,
    profile_version int NOT NULL,
    deliveries      text[] NOT NULL,
    found_at        timestamptz NOT NULL,
    withdrawn_at    timestamptz,
    withdrawn_by    text COLLATE "C",
    CHECK ((scope = 'person') = (person_id IS NOT NULL))
);
CREATE INDEX finding_area_code_finding_id_idx ON finding (area_code, finding_id);
CREATE INDEX finding_period_area_code_idx ON finding (period, area_code, finding_id) WHERE withdrawn_at IS NULL;
CREATE INDEX finding_household_id_idx ON finding (household_id, period);

CREATE TABLE clue_outcome (
    clue_id       text COLLATE "C" PRIMARY KEY,
    version       int NOT NULL,
    household_id  text COLLATE "C" NOT NULL,
    area_code     text COLLATE "C" NOT NULL,
    state         text NOT NULL,
    risk_type     text NOT NULL,
    result_reason text,
    rule_ids      text[] NOT NULL,
    finding_ids   text[] NOT NULL,
    verified_at   timestamptz
);
CREATE INDEX clue_outcome_rule_ids_idx ON clue_outcome USING gin (rule_ids);
"""

_DROP = """
DROP TABLE clue_outcome, finding, comparison_run_household, comparison_run, policy_profile,
    directory_income, directory_person, directory_household;
DROP FUNCTION comparison_run_notify();
"""


def upgrade() -> None:
    """Create the tables of the comparison half."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute(_DROP)
