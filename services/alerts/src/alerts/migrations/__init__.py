"""Alembic scripts of alerts; they travel inside the package."""

EVIDENCE: tuple[str, ...] = ("verification",)
"""Tables of who did what: the service's role reads and adds, and changes nothing."""
