"""Let keys be rotated while the system serves: which key a delivery's tokens and rejected rows have, further tokens.

Release N-1 goes on beside it: it knows one key each, and the defaults are the ids of those.
"""

from __future__ import annotations

from alembic import op

from servicekit import keys

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns without rewriting a row."""
    keys.create(op)
    op.execute(
        """
        ALTER TABLE delivery ADD COLUMN token_key_id text NOT NULL DEFAULT 'k1';
        ALTER TABLE delivery_part ADD COLUMN reject_key_id text NOT NULL DEFAULT 'r1';
        ALTER TABLE directory_household ADD COLUMN token_revision int NOT NULL DEFAULT 0;
        ALTER TABLE directory_person ADD COLUMN token_key_id text NOT NULL DEFAULT 'k1';

        -- Tokens of a person under further keys, so that rows tokenised before or after a change of keys meet it too.
        CREATE TABLE directory_token (
            household_id text COLLATE "C" NOT NULL,
            person_id    text COLLATE "C" NOT NULL,
            key_id       text COLLATE "C" NOT NULL,
            id_token     text COLLATE "C" NOT NULL,
            person_token text COLLATE "C" NOT NULL,
            PRIMARY KEY (household_id, person_id, key_id)
        );
        CREATE INDEX directory_token_id_token_idx ON directory_token (id_token);
        """
    )


def downgrade() -> None:
    """Drop them; what was tokenised under further keys is then not matched any more."""
    op.execute(
        """
        DROP TABLE directory_token;
        ALTER TABLE directory_person DROP COLUMN token_key_id;
        ALTER TABLE directory_household DROP COLUMN token_revision;
        ALTER TABLE delivery_part DROP COLUMN reject_key_id;
        ALTER TABLE delivery DROP COLUMN token_key_id;
        """
    )
    keys.drop(op)
