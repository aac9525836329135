"""Rows that list or pay somebody who is dead wait for their department, and somebody may turn out to be alive."""

from __future__ import annotations

from alembic import op

from servicekit import online_ddl

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('name_differs', 'contradicts', 'unmatched', 'unchecked'{more})"
_DECIDED = "'same_person', 'other_person', 'not_covered', 'wrong_data', 'withdrawn', 'checked'{more}"
_STATES = f"state IN ('open', 'moot', {_DECIDED})"


def upgrade() -> None:
    """Allow the kind and the decision."""
    online_ddl.widen_check("worklist_row", "worklist_row_kind_check", _KINDS.format(more=", 'deceased'"))
    online_ddl.widen_check("worklist_row", "worklist_row_state_check", _STATES.format(more=", 'alive'"))


def downgrade() -> None:
    """Forget these rows."""
    op.execute("DELETE FROM worklist_row WHERE kind = 'deceased'")
    online_ddl.widen_check("worklist_row", "worklist_row_kind_check", _KINDS.format(more=""))
    online_ddl.widen_check("worklist_row", "worklist_row_state_check", _STATES.format(more=""))
