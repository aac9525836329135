"""Create the registry: areas, households, persons, incomes, statuses, policy, episodes, plans, imports.

Codes are compared byte by byte (COLLATE "C"), so that an area subtree is one index range.
Keyed hashes are bytea: half the size of their hexadecimal text in the two largest indexes.
"""

from __future__ import annotations

from alembic import op

from servicekit import messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE area (
    code        text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    level       text NOT NULL,
    parent_code text COLLATE "C",
    valid_from  date NOT NULL,
    valid_to    date,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT area_pkey PRIMARY KEY (code),
    CONSTRAINT area_code_check CHECK (code ~ '^[0-9]{12}$'),
    CONSTRAINT area_level_check CHECK (level IN ('province', 'city', 'county', 'town', 'village')),
    CONSTRAINT area_validity_check CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE INDEX area_parent_code_code_idx ON area (parent_code, code);

CREATE TABLE household (
    id                         uuid NOT NULL,
    hh_no                      text COLLATE "C" NOT NULL,
    village_code               text COLLATE "C" NOT NULL,
    group_name                 text,
    hh_type                    text NOT NULL,
    status                     text NOT NULL DEFAULT 'active',
    housing_tenure             text NOT NULL,
    is_resettled               boolean NOT NULL,
    contact                    text,
    phone_masked               text,
    population                 int NOT NULL,
    monitor_category           text,
    is_monitored               boolean NOT NULL DEFAULT false,
    open_risks                 text[] NOT NULL DEFAULT '{}',
    last_negative_decision_on  date,
    fingerprint                bytea,
    version                    int NOT NULL DEFAULT 1,
    created_at                 timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    CONSTRAINT household_pkey PRIMARY KEY (id),
    CONSTRAINT household_hh_no_key UNIQUE (hh_no),
    CONSTRAINT household_village_code_fkey FOREIGN KEY (village_code) REFERENCES area (code),
    CONSTRAINT household_hh_type_check CHECK (hh_type IN ('0', '1')),
    CONSTRAINT household_status_check CHECK (status IN ('active', 'ended', 'merged')),
    CONSTRAINT household_housing_tenure_check CHECK (housing_tenure IN ('owned', 'rented_safe', 'borrowed', 'none')),
    CONSTRAINT household_population_check CHECK (population >= 0),
    CONSTRAINT household_version_check CHECK (version >= 1)
);
-- The list of a subtree, page by page: one range of this index, already in order.
CREATE INDEX household_village_code_id_idx ON household (village_code, id);
CREATE INDEX household_monitored_idx ON household (village_code, id) WHERE is_monitored;

CREATE TABLE household_history (
    household_id uuid NOT NULL,
    version      int NOT NULL,
    replaced_at  timestamptz NOT NULL,
    replaced_by  text NOT NULL,
    cause        text NOT NULL,
    snapshot     json NOT NULL,
    CONSTRAINT household_history_pkey PRIMARY KEY (household_id, version)
);
COMMENT ON TABLE household_history IS 'The household as it was before each change; the newest state is in household.';

CREATE TABLE person (
    id                      uuid NOT NULL,
    household_id            uuid NOT NULL,
    ordinal                 smallint NOT NULL,
    person_no               text COLLATE "C",
    identity                text NOT NULL,
    name_masked             text NOT NULL,
    id_no_masked            text,
    id_index                bytea,
    id_token                bytea,
    person_token            bytea,
    birth_date              date NOT NULL,
    sex                     text NOT NULL,
    relation                text NOT NULL,
    labour                  text NOT NULL,
    school_stage            text,
    has_finished_compulsory boolean NOT NULL,
    health                  text[] NOT NULL,
    relief                  text NOT NULL,
    is_active               boolean NOT NULL DEFAULT true,
    joined_on               date NOT NULL,
    left_on                 date,
    left_reason             text,
    CONSTRAINT person_pkey PRIMARY KEY (id),
    CONSTRAINT person_sex_check CHECK (sex IN ('1', '2')),
    CONSTRAINT person_labour_check CHECK (labour IN ('1', '2', '3', '4', '5')),
    CONSTRAINT person_index_check CHECK ((id_index IS NULL) = (id_token IS NULL)
                                     AND (id_index IS NULL) = (person_token IS NULL))
);
COMMENT ON COLUMN person.identity IS 'AES-256-GCM of [ID number, name]; bound to the blind index';
CREATE INDEX person_household_id_ordinal_idx ON person (household_id, ordinal);
-- One person belongs to at most one active household, whatever two clerks do at once.
CREATE UNIQUE INDEX person_id_index_key ON person (id_index) WHERE is_active AND id_index IS NOT NULL;
CREATE UNIQUE INDEX person_person_no_key ON person (person_no) WHERE is_active AND person_no IS NOT NULL;

CREATE TABLE unmasking (
    id           uuid NOT NULL DEFAULT uuidv7(),
    person_id    uuid NOT NULL,
    household_id uuid NOT NULL,
    client_id    text NOT NULL,
    purpose_code text NOT NULL,
    case_id      text NOT NULL,
    fields       text[] NOT NULL,
    unmasked_at  timestamptz NOT NULL,
    CONSTRAINT unmasking_pkey PRIMARY KEY (id)
);
CREATE INDEX unmasking_client_id_unmasked_at_idx ON unmasking (client_id, unmasked_at);
CREATE INDEX unmasking_person_id_idx ON unmasking (person_id);

CREATE TABLE income (
    household_id     uuid NOT NULL,
    year             int NOT NULL,
    version          int NOT NULL,
    wage             numeric(14, 2) NOT NULL,
    business         numeric(14, 2) NOT NULL,
    property         numeric(14, 2) NOT NULL,
    transfer         numeric(14, 2) NOT NULL,
    business_cost    numeric(14, 2) NOT NULL,
    insurance_payout numeric(14, 2) NOT NULL,
    self_paid        numeric(14, 2) NOT NULL,
    population       int NOT NULL,
    net              numeric(16, 2) NOT NULL
        GENERATED ALWAYS AS (wage + business + property + transfer - business_cost) STORED,
    per_capita_net   numeric(16, 2) NOT NULL
        GENERATED ALWAYS AS (round((wage + business + property + transfer - business_cost) / population, 2)) STORED,
    ref_per_capita   numeric(16, 2) NOT NULL
        GENERATED ALWAYS AS (round((wage + business + property + transfer - business_cost
                                    + insurance_payout - self_paid) / population, 2)) STORED,
    recorded_at      timestamptz NOT NULL,
    recorded_by      text NOT NULL,
    superseded_at    timestamptz,
    CONSTRAINT income_pkey PRIMARY KEY (household_id, year, version),
    CONSTRAINT income_population_check CHECK (population >= 1),
    CONSTRAINT income_year_check CHECK (year BETWEEN 2000 AND 2100),
    CONSTRAINT income_amounts_check CHECK (LEAST(wage, business, property, transfer, business_cost,
                                                 insurance_payout, self_paid) >= 0)
);
CREATE UNIQUE INDEX income_current_key ON income (household_id, year) WHERE superseded_at IS NULL;

CREATE TABLE guarantee_status (
    household_id  uuid NOT NULL,
    kind          text NOT NULL,
    version       int NOT NULL,
    is_safe       boolean NOT NULL,
    checked_on    date NOT NULL,
    note          text,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    superseded_at timestamptz,
    CONSTRAINT guarantee_status_pkey PRIMARY KEY (household_id, kind, version),
    CONSTRAINT guarantee_status_kind_check CHECK (kind IN ('education', 'medical', 'housing', 'water'))
);
CREATE UNIQUE INDEX guarantee_status_current_key ON guarantee_status (household_id, kind)
    WHERE superseded_at IS NULL;

CREATE TABLE policy_profile (
    region          text COLLATE "C" NOT NULL,
    version         int NOT NULL,
    effective_from  date NOT NULL,
    source_document text NOT NULL,
    parameters      jsonb NOT NULL,
    sources         jsonb NOT NULL,
    recorded_at     timestamptz NOT NULL,
    recorded_by     text NOT NULL,
    activated_at    timestamptz,
    CONSTRAINT policy_profile_pkey PRIMARY KEY (region, version),
    CONSTRAINT policy_profile_region_check CHECK (region ~ '^[0-9]{12}$')
);
CREATE INDEX policy_profile_region_effective_from_idx ON policy_profile (region, effective_from DESC, version DESC);
CREATE INDEX policy_profile_waiting_idx ON policy_profile (effective_from) WHERE activated_at IS NULL;

CREATE TABLE episode (
    id                uuid NOT NULL DEFAULT uuidv7(),
    household_id      uuid NOT NULL,
    origin            text NOT NULL,
    clue_id           text,
    state             text NOT NULL,
    risk_types        text[] NOT NULL,
    category          text,
    found_on          date NOT NULL,
    identify_due_on   date,
    identified_on     date,
    eliminated_on     date,
    due_on            date,
    is_active         boolean NOT NULL DEFAULT true,
    sequence          int NOT NULL DEFAULT 1,
    version           int NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT episode_pkey PRIMARY KEY (id),
    CONSTRAINT episode_household_id_fkey FOREIGN KEY (household_id) REFERENCES household (id),
    CONSTRAINT episode_origin_check CHECK (origin IN ('clue', 'import', 'appeal'))
);
CREATE INDEX episode_household_id_idx ON episode (household_id, created_at);
-- One active episode a household, whatever arrives twice or at once.
CREATE UNIQUE INDEX episode_active_key ON episode (household_id) WHERE is_active;
CREATE INDEX episode_due_on_idx ON episode (due_on) WHERE is_active AND due_on IS NOT NULL;
CREATE INDEX episode_state_idx ON episode (state, id);

CREATE TABLE episode_step (
    episode_id     uuid NOT NULL,
    sequence       int NOT NULL,
    state          text NOT NULL,
    previous_state text,
    occurred_on    date NOT NULL,
    actors         text[] NOT NULL,
    note           text,
    record         jsonb NOT NULL,
    client_id      text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    CONSTRAINT episode_step_pkey PRIMARY KEY (episode_id, sequence),
    CONSTRAINT episode_step_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode (id)
);
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'history is never overwritten: %', TG_TABLE_NAME; END $$;
CREATE TRIGGER episode_step_is_final BEFORE UPDATE OR DELETE ON episode_step
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE clue (
    clue_id      text NOT NULL,
    household_id text NOT NULL,
    risk_type    text NOT NULL,
    found_at     timestamptz NOT NULL,
    episode_id   uuid,
    CONSTRAINT clue_pkey PRIMARY KEY (clue_id)
);
COMMENT ON TABLE clue IS 'When each clue was first heard of, and the episode that it opened or joined.';
CREATE INDEX clue_episode_id_idx ON clue (episode_id) WHERE episode_id IS NOT NULL;

CREATE TABLE plan (
    episode_id   uuid NOT NULL,
    version      int NOT NULL,
    household_id uuid NOT NULL,
    helper       text NOT NULL,
    is_willing   boolean NOT NULL,
    needs        jsonb NOT NULL,
    tasks        jsonb NOT NULL,
    made_on      date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    CONSTRAINT plan_pkey PRIMARY KEY (episode_id, version),
    CONSTRAINT plan_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode (id)
);

CREATE TABLE measure (
    id                     uuid NOT NULL DEFAULT uuidv7(),
    episode_id             uuid NOT NULL,
    household_id           uuid NOT NULL,
    person_id              uuid,
    category               text NOT NULL,
    item                   text NOT NULL,
    risk_types             text[] NOT NULL,
    responsible_department text NOT NULL,
    responsible_person     text NOT NULL,
    planned_on             date NOT NULL,
    state                  text NOT NULL,
    implemented_on         date,
    amount                 numeric(14, 2),
    evidence               text,
    version                int NOT NULL DEFAULT 1,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    CONSTRAINT measure_pkey PRIMARY KEY (id),
    CONSTRAINT measure_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode (id),
    CONSTRAINT measure_state_check CHECK (state IN ('planned', 'in_progress', 'implemented', 'stopped',
                                                    'not_suitable')),
    CONSTRAINT measure_implemented_on_check CHECK (state <> 'implemented' OR implemented_on IS NOT NULL)
);
CREATE INDEX measure_episode_id_idx ON measure (episode_id, id);

CREATE TABLE measure_step (
    measure_id  uuid NOT NULL,
    version     int NOT NULL,
    state       text NOT NULL,
    changes     jsonb NOT NULL,
    client_id   text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT measure_step_pkey PRIMARY KEY (measure_id, version)
);
CREATE TRIGGER measure_step_is_final BEFORE UPDATE OR DELETE ON measure_step
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE import_run (
    id                   uuid NOT NULL,
    client_id            text NOT NULL,
    areas                text[] NOT NULL,
    format               text NOT NULL,
    encoding             text NOT NULL,
    size_bytes           bigint NOT NULL,
    sha256               text NOT NULL,
    households           int NOT NULL,
    created              int NOT NULL,
    updated              int NOT NULL,
    unchanged            int NOT NULL,
    persons              int NOT NULL,
    households_rejected  int NOT NULL,
    rows_rejected        int NOT NULL,
    reject_codes         jsonb NOT NULL,
    warnings             jsonb NOT NULL,
    started_at           timestamptz NOT NULL,
    seconds              double precision NOT NULL,
    CONSTRAINT import_run_pkey PRIMARY KEY (id)
);

CREATE TABLE import_reject (
    import_id uuid NOT NULL,
    line      int NOT NULL,
    ordinal   int NOT NULL,
    hh_no     text,
    person_no text,
    field     text NOT NULL,
    code      text NOT NULL,
    message   text NOT NULL,
    CONSTRAINT import_reject_pkey PRIMARY KEY (import_id, line, ordinal)
);
"""

_DROP = """
DROP TABLE import_reject; DROP TABLE import_run; DROP TABLE measure_step; DROP TABLE measure; DROP TABLE plan;
DROP TABLE clue; DROP TABLE episode_step; DROP TABLE episode; DROP TABLE policy_profile; DROP TABLE guarantee_status;
DROP TABLE income; DROP TABLE unmasking; DROP TABLE person; DROP TABLE household_history; DROP TABLE household;
DROP TABLE area; DROP FUNCTION refuse_rewriting();
"""


def upgrade() -> None:
    """Create every table of the registry, with outbox, inbox and idempotency."""
    messaging_tables.create(op)
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop everything."""
    op.execute(_DROP)
    messaging_tables.drop(op)
