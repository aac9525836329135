"""Alembic scripts of sharing; they travel inside the package."""

EVIDENCE: tuple[str, ...] = ("provision_receipt", "provision_person")
"""Tables of who did what: the service's role reads and adds, and changes nothing."""
