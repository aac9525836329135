"""Alembic scripts of the registry; they travel inside the package."""

EVIDENCE: tuple[str, ...] = (
    "household_history", "unmasking", "quota_alert", "identity_match", "episode_step", "measure_step",
)  # fmt: skip
"""Tables of who did what: the service's role reads and adds, and changes nothing."""
