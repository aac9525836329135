"""Rows that a comparison could not use, for people to decide."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE worklist_row (
            id            text COLLATE "C" PRIMARY KEY,
            kind          text NOT NULL CHECK (kind IN ('name_differs', 'contradicts', 'unmatched')),
            dataset       text NOT NULL,
            department    text NOT NULL,
            period        text NOT NULL,
            area_code     text COLLATE "C" NOT NULL,
            delivery_id   text NOT NULL,
            part_no       int NOT NULL,
            line_no       bigint NOT NULL,
            id_token      text COLLATE "C" NOT NULL,
            person_token  text COLLATE "C" NOT NULL,
            household_id  text,
            person_id     text,
            state         text NOT NULL CHECK (state IN (
                'open', 'same_person', 'other_person', 'not_covered', 'wrong_data', 'withdrawn', 'moot')),
            due_on        date NOT NULL,
            opened_at     timestamptz NOT NULL,
            changed_at    timestamptz NOT NULL,
            decided_by    text,
            decided_at    timestamptz,
            reason        text,
            version       int NOT NULL,
            history       jsonb NOT NULL
        );
        -- One question: a number and a name in a dataset.
        CREATE UNIQUE INDEX worklist_row_question_key ON worklist_row (kind, dataset, id_token, person_token);
        CREATE INDEX worklist_row_list_idx ON worklist_row (opened_at, id);
        CREATE INDEX worklist_row_open_idx ON worklist_row (area_code, due_on) WHERE state = 'open';
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE worklist_row")
