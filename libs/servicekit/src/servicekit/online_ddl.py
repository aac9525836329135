"""DDL that a running system does not notice; for the `upgrade()` of revisions after the first.

Rules and reasons: docs/runbooks/upgrade.md. A test reads the SQL of every revision and holds it to them.
"""

from __future__ import annotations

from alembic import op


def create_index_concurrently(name: str, definition: str, *, unique: bool = False) -> None:
    """Create an index on a table that is in use, without blocking its writers. In a revision of its own.

    It runs outside a transaction: the revision is not recorded when it is cut off, so everything in it must bear
    being run again. An invalid index that a cut-off build left is dropped first.

    Args:
        definition: What follows the name: `ON person (id_index) WHERE is_active`.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE {kind} CONCURRENTLY {name} {definition}")


def drop_index_concurrently(name: str) -> None:
    """Drop an index of a table that is in use."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def widen_check(table: str, name: str, condition: str) -> None:
    """Replace a check constraint by a wider one, for new rows; a later revision validates it for those there are.

    Args:
        condition: Must hold for every row that the former check allowed.
    """
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")


def validate(table: str, name: str) -> None:
    """Check a constraint against the rows there are, while others write. In a revision of its own.

    In the transaction that added the constraint its exclusive lock would be held while all rows are read.
    """
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
