"""Drop what only the comparison beside DuckDB needed: vouchers of kept exports, PostgreSQL's own `add_months`."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CONTRACTS = "The first release knows neither; both came and went between two releases."


def upgrade() -> None:
    """Drop both."""
    op.execute("DROP TABLE directory_export; DROP FUNCTION add_months(date, integer)")


def downgrade() -> None:
    """Create them again, empty."""
    op.execute(
        """
        CREATE TABLE directory_export (
            id text COLLATE "C" PRIMARY KEY, watermark xid8 NOT NULL, cluster bigint NOT NULL, format text NOT NULL,
            sha256 text NOT NULL, made_at timestamptz NOT NULL
        );
        CREATE FUNCTION add_months(day date, months integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN (day + make_interval(months => months))::date;
        """
    )
