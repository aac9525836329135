"""Index in which transaction clues and duties changed, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import changes, online_ddl

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INDEXES = (
    changes.index_of("clue", area="area_code"),
    changes.index_of("duty", area="area_code", key='id COLLATE "C"'),
)


def upgrade() -> None:
    """Create the indexes."""
    for name, definition in _INDEXES:
        online_ddl.create_index_concurrently(name, definition)


def downgrade() -> None:
    """Drop them."""
    for name, _ in _INDEXES:
        online_ddl.drop_index_concurrently(name)
