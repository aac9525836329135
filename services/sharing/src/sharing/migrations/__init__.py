"""Alembic scripts of sharing; they travel inside the package."""

EVIDENCE: tuple[str, ...] = ()
"""Tables of who did what: the service's role reads and adds, and changes nothing."""
