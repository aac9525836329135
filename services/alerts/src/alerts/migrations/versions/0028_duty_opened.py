"""An alert says that a duty was opened of which those above should know.

Revision ID: 0028
"""

from __future__ import annotations

from alembic import op

from servicekit.online_ddl import widen_check

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_KINDS_BEFORE = (
    "'raised', 'escalated', 'resolved', 'overdue', 'changed', 'moved', 'capped', 'duty_near', 'duty_late', 'policy_gap'"
)
_OTHERS_BEFORE = "'capped', 'duty_near', 'duty_late', 'policy_gap'"


def _checks(kinds: str, without_clue: str) -> None:
    widen_check("alert", "alert_kind_check", f"kind IN ({kinds})")
    widen_check(
        "alert",
        "alert_subject_check",
        f"kind IN ({without_clue}) OR (clue_id IS NOT NULL AND risk_type IS NOT NULL)",
    )


def upgrade() -> None:
    """Let the feed carry it."""
    _checks(f"{_KINDS_BEFORE}, 'duty_opened'", f"{_OTHERS_BEFORE}, 'duty_opened'")


def downgrade() -> None:
    """Drop what was told."""
    op.execute("DELETE FROM alert WHERE kind = 'duty_opened'")
    _checks(_KINDS_BEFORE, _OTHERS_BEFORE)
