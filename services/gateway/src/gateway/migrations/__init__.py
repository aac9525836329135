"""Alembic scripts of the gateway; they travel inside the package."""

EVIDENCE: tuple[str, ...] = ("audit_entry", "audit_outcome", "audit_seal")
"""Tables of who did what: the service's role reads and adds, and changes nothing."""
