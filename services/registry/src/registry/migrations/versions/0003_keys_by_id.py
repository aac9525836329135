"""Let keys be rotated while the system serves: a second blind index, tokens under several keys, the record of keys.

Release N-1 goes on beside it: it writes the columns that it knows, under the first key, as the defaults say.
"""

from __future__ import annotations

from alembic import op

from servicekit import keys, online_ddl

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns without rewriting a row."""
    keys.create(op)
    op.execute(
        """
        ALTER TABLE person ADD COLUMN id_index_even bytea,
            ADD COLUMN token_key_id text NOT NULL DEFAULT 'k1',
            ADD COLUMN other_tokens jsonb;
        COMMENT ON COLUMN person.id_index IS 'Blind index by the key with an odd number; see docs/decisions/0012';
        COMMENT ON COLUMN person.id_index_even IS 'Blind index by the key with an even number';
        COMMENT ON COLUMN person.other_tokens IS 'Key id -> [id token, person token] of keys other than token_key_id';
        ALTER TABLE household ADD COLUMN token_revision int NOT NULL DEFAULT 0;
        """
    )
    online_ddl.widen_check(
        "person",
        "person_index_check",
        "(id_index IS NULL AND id_index_even IS NULL) = (id_token IS NULL)"
        " AND (id_token IS NULL) = (person_token IS NULL)",
    )


def downgrade() -> None:
    """Take it back; refused by the narrower check if a key with an even number is in use."""
    op.execute(
        """
        ALTER TABLE person DROP CONSTRAINT person_index_check, ADD CONSTRAINT person_index_check
            CHECK ((id_index IS NULL) = (id_token IS NULL) AND (id_index IS NULL) = (person_token IS NULL));
        ALTER TABLE person DROP COLUMN id_index_even, DROP COLUMN token_key_id, DROP COLUMN other_tokens;
        ALTER TABLE household DROP COLUMN token_revision;
        """
    )
    keys.drop(op)
