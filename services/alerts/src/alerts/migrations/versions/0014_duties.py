"""Duties, what is said on them, and their alerts.

Revision ID: 0014
"""

from __future__ import annotations

from alembic import op

from servicekit.online_ddl import widen_check

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KINDS_BEFORE = "'raised', 'escalated', 'resolved', 'overdue', 'changed', 'moved', 'capped'"
_OTHERS_BEFORE = "kind = 'capped'"


def _checks(kinds: str, without_clue: str) -> None:
    widen_check("alert", "alert_kind_check", f"kind IN ({kinds})")
    widen_check("alert", "alert_subject_check", f"{without_clue} OR (clue_id IS NOT NULL AND risk_type IS NOT NULL)")


def upgrade() -> None:
    """Nobody has a duty yet: the services say which there are."""
    op.execute("""
    CREATE TABLE duty (
        id           text PRIMARY KEY,
        revision     int NOT NULL CHECK (revision >= 1),
        kind         text NOT NULL,
        subject_id   text NOT NULL,
        household_id text,
        area_code    text COLLATE "C" NOT NULL,
        town_code    text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(area_code, 9) || '000') STORED,
        department   text,
        counts_from  date NOT NULL,
        due_on       date NOT NULL,
        unit         text NOT NULL CHECK (unit IN ('calendar', 'working', 'months')),
        is_estimate  boolean NOT NULL,
        pauses       jsonb NOT NULL,
        state        text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
        closed_on    date,
        step         int NOT NULL,
        next_on      date,
        escalated_to text CHECK (escalated_to IN ('village', 'township', 'county', 'leadership')),
        holder       text,
        accepted_at  timestamptz,
        opened_at    timestamptz NOT NULL,
        updated_at   timestamptz NOT NULL,
        CONSTRAINT duty_closed_check CHECK ((state = 'open') = (closed_on IS NULL))
    ) WITH (fillfactor = 85);
    CREATE INDEX duty_due_on_id_idx ON duty (due_on, id);
    CREATE INDEX duty_town_code_due_on_id_idx ON duty (town_code, due_on, id);
    CREATE INDEX duty_area_code_idx ON duty (area_code, due_on, id);
    CREATE INDEX duty_household_id_idx ON duty (household_id);
    CREATE INDEX duty_next_on_idx ON duty (next_on, id) WHERE state = 'open';

    CREATE TABLE duty_note (
        id      uuid PRIMARY KEY,
        duty_id text NOT NULL REFERENCES duty (id),
        kind    text NOT NULL CHECK (kind IN ('accepted', 'handed_over', 'note')),
        by      text NOT NULL,
        "to"    text,
        text    text,
        at      timestamptz NOT NULL
    );
    CREATE INDEX duty_note_duty_id_idx ON duty_note (duty_id, id);
    """)
    _checks(f"{_KINDS_BEFORE}, 'duty_near', 'duty_late'", "kind IN ('capped', 'duty_near', 'duty_late')")


def downgrade() -> None:
    """Drop them; their alerts are forgotten."""
    op.execute("DELETE FROM alert WHERE kind IN ('duty_near', 'duty_late')")
    _checks(_KINDS_BEFORE, _OTHERS_BEFORE)
    op.execute("DROP TABLE duty_note")
    op.execute("DROP TABLE duty")
