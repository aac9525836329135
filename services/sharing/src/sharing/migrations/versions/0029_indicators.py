"""Indicators: their runs, the members behind them and what they come to.

Revision ID: 0029
"""

from __future__ import annotations

from alembic import op

from servicekit.indicators import tables

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was computed yet."""
    tables.create(op)


def downgrade() -> None:
    """Drop them."""
    tables.drop(op)
