"""Persons and households that a rule cannot check wait for a person too, and what is not listed is counted.

Who rows are about that contradict each other is kept in a file of its own name, sealed with a key that is known.
"""

from __future__ import annotations

from alembic import op

from servicekit import online_ddl

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FILLS = "Deliveries of the last months that have contradictory rows: some dozens in a county."

_STATES = "'open', 'same_person', 'other_person', 'not_covered', 'wrong_data', 'withdrawn', 'moot'"

_CREATE = """
-- Nobody delivered those whom a rule cannot check.
ALTER TABLE worklist_row ALTER COLUMN delivery_id DROP NOT NULL, ALTER COLUMN part_no DROP NOT NULL,
    ALTER COLUMN line_no DROP NOT NULL;

-- Of one cause (a delivery, a rule) so many rows are listed; how many more there are, by area.
CREATE TABLE worklist_rest (
    kind        text NOT NULL,
    dataset     text NOT NULL,
    cause       text NOT NULL,
    area_code   text COLLATE "C" NOT NULL,
    department  text NOT NULL,
    period      text NOT NULL,
    rows        bigint NOT NULL,
    PRIMARY KEY (kind, dataset, cause, area_code)
);

-- The key of files written so far is not on record: they are sealed anew with the next change of keys.
ALTER TABLE delivery ADD COLUMN identities_path text, ADD COLUMN identities_key_id text;
UPDATE delivery SET identities_path = regexp_replace(exclusion_path, '/([^/]*)\\.parquet$', '/identities-\\1.sealed')
WHERE exclusion_path IS NOT NULL AND rows_quarantined > 0 AND rejects_deleted_at IS NULL;
"""

_DROP = f"""
ALTER TABLE delivery DROP COLUMN identities_path, DROP COLUMN identities_key_id;
DROP TABLE worklist_rest;
DELETE FROM worklist_row WHERE kind = 'unchecked';
ALTER TABLE worklist_row DROP CONSTRAINT worklist_row_kind_check, DROP CONSTRAINT worklist_row_state_check;
ALTER TABLE worklist_row
    ADD CONSTRAINT worklist_row_kind_check CHECK (kind IN ('name_differs', 'contradicts', 'unmatched')),
    ADD CONSTRAINT worklist_row_state_check CHECK (state IN ({_STATES}));
ALTER TABLE worklist_row ALTER COLUMN delivery_id SET NOT NULL, ALTER COLUMN part_no SET NOT NULL,
    ALTER COLUMN line_no SET NOT NULL;
"""


def upgrade() -> None:
    """Let the table hold them."""
    op.execute(_CREATE)
    kinds = "kind IN ('name_differs', 'contradicts', 'unmatched', 'unchecked')"
    online_ddl.widen_check("worklist_row", "worklist_row_kind_check", kinds)
    online_ddl.widen_check("worklist_row", "worklist_row_state_check", f"state IN ({_STATES}, 'checked')")


def downgrade() -> None:
    """Take them away, with what they alone could tell."""
    op.execute(_DROP)
