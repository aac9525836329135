"""Alembic scripts of the registry; they travel inside the package."""
