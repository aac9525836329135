"""Index in which transaction a household changed, beside the running writers. May be run again."""

from __future__ import annotations

from servicekit import changes, online_ddl

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NAME, _DEFINITION = changes.index_of("household", area="village_code")


def upgrade() -> None:
    """Create the index."""
    online_ddl.create_index_concurrently(_NAME, _DEFINITION)


def downgrade() -> None:
    """Drop it."""
    online_ddl.drop_index_concurrently(_NAME)
