"""Corrections join a month, implausible lists are held, and knowledge has a date of its own."""

from __future__ import annotations

from alembic import op

from servicekit import online_ddl

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CREATE = """
-- The digits that every area of a subtree begins with: trailing zeros, level by level, stand for "all of it".
CREATE FUNCTION area_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN code = '000000000000' THEN '' WHEN right(code, 10) = '0000000000' THEN left(code, 2)
                WHEN right(code, 8) = '00000000' THEN left(code, 4) WHEN right(code, 6) = '000000' THEN left(code, 6)
                WHEN right(code, 3) = '000' THEN left(code, 9) ELSE code END;

ALTER TABLE delivery
    ADD COLUMN is_mode_given boolean NOT NULL DEFAULT false,
    ADD COLUMN is_addition boolean NOT NULL DEFAULT false,
    ADD COLUMN corrects text,
    ADD COLUMN as_of date,
    ADD COLUMN rows_quarantined bigint NOT NULL DEFAULT 0,
    ADD COLUMN notes jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN hold_reasons jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN hold_due_on date,
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN decision_reason text,
    ADD COLUMN version int NOT NULL DEFAULT 1;
ALTER TABLE delivery_part ADD COLUMN as_of date;
ALTER TABLE record_row ADD COLUMN known_on date;
"""

_DROP = """
ALTER TABLE record_row DROP COLUMN known_on;
ALTER TABLE delivery_part DROP COLUMN as_of;
-- The release before knows neither corrections nor held lists.
DELETE FROM delivery_part WHERE delivery_id IN (
    SELECT id FROM delivery WHERE is_addition OR state IN ('held', 'withdrawn'));
DELETE FROM delivery WHERE is_addition OR state IN ('held', 'withdrawn');
ALTER TABLE delivery DROP CONSTRAINT delivery_committed_check;
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE delivery DROP CONSTRAINT delivery_kind_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_kind_check CHECK (kind IN ('full', 'increment', 'record'));
ALTER TABLE delivery ADD CONSTRAINT delivery_state_check
    CHECK (state IN ('open', 'committed', 'refused', 'abandoned'));
ALTER TABLE delivery ADD CONSTRAINT delivery_committed_check CHECK (
    (state = 'committed') = (commit_seq IS NOT NULL)
    AND (state <> 'committed' OR (receipt_no IS NOT NULL AND rows_accepted IS NOT NULL
         AND rows_rejected IS NOT NULL AND is_late IS NOT NULL AND closed_at IS NOT NULL)));
ALTER TABLE delivery DROP COLUMN is_mode_given, DROP COLUMN is_addition, DROP COLUMN corrects, DROP COLUMN as_of,
    DROP COLUMN rows_quarantined, DROP COLUMN notes, DROP COLUMN hold_reasons, DROP COLUMN hold_due_on,
    DROP COLUMN decided_by, DROP COLUMN decided_at, DROP COLUMN decision_reason, DROP COLUMN version;
DROP FUNCTION area_prefix(text);
"""


def upgrade() -> None:
    """Add modes, holding and the dates of what is known."""
    op.execute(_CREATE)
    online_ddl.widen_check("delivery", "delivery_kind_check", "kind IN ('full', 'increment', 'correction', 'record')")
    online_ddl.widen_check(
        "delivery",
        "delivery_state_check",
        "state IN ('open', 'held', 'committed', 'withdrawn', 'refused', 'abandoned')",
    )
    online_ddl.widen_check(
        "delivery",
        "delivery_committed_check",
        "(state IN ('held', 'committed', 'withdrawn')) = (commit_seq IS NOT NULL) AND (commit_seq IS NULL OR ("
        "receipt_no IS NOT NULL AND rows_accepted IS NOT NULL AND rows_rejected IS NOT NULL AND is_late IS NOT NULL"
        " AND closed_at IS NOT NULL))",
    )


def downgrade() -> None:
    """Take them away, with what they alone could tell."""
    op.execute(_DROP)
