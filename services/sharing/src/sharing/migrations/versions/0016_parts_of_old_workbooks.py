"""A part may be an old workbook (.xls): it is read like any other, and could not be written down."""

from __future__ import annotations

from alembic import op

from servicekit import online_ddl

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let parts be of that format."""
    online_ddl.widen_check(
        "delivery_part", "delivery_part_format_check", "format IN ('ndjson', 'csv', 'xlsx', 'xls', 'record')"
    )


def downgrade() -> None:
    """Take them for workbooks."""
    op.execute("UPDATE delivery_part SET format = 'xlsx' WHERE format = 'xls'")
    op.execute(
        "ALTER TABLE delivery_part DROP CONSTRAINT delivery_part_format_check, ADD CONSTRAINT"
        " delivery_part_format_check CHECK (format IN ('ndjson', 'csv', 'xlsx', 'record'))"
    )
