"""Incomes item by item, and of other periods than a year.

Revision ID: 0038
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No items are known of what was registered before."""
    op.execute("""
    ALTER TABLE income ADD COLUMN items jsonb NOT NULL DEFAULT '{}';
    CREATE TABLE income_snapshot (
        household_id     uuid NOT NULL,
        kind             text NOT NULL,
        period_to        date NOT NULL,
        version          int NOT NULL,
        period_from      date NOT NULL,
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
        items            jsonb NOT NULL,
        as_of            date NOT NULL,
        recorded_at      timestamptz NOT NULL,
        recorded_by      text NOT NULL,
        superseded_at    timestamptz,
        CONSTRAINT income_snapshot_pkey PRIMARY KEY (household_id, kind, period_to, version),
        CONSTRAINT income_snapshot_kind_check CHECK (kind IN ('quarter', 'rolling', 'identification', 'elimination')),
        CONSTRAINT income_snapshot_population_check CHECK (population >= 1),
        CONSTRAINT income_snapshot_period_check CHECK (period_from <= period_to),
        CONSTRAINT income_snapshot_amounts_check CHECK (LEAST(wage, business, property, transfer, business_cost,
                                                              insurance_payout, self_paid) >= 0)
    );
    CREATE UNIQUE INDEX income_snapshot_current_key ON income_snapshot (household_id, kind, period_to)
        WHERE superseded_at IS NULL;
    """)


def downgrade() -> None:
    """Forget both."""
    op.execute("DROP TABLE income_snapshot; ALTER TABLE income DROP COLUMN items")
