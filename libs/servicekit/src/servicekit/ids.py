"""Opaque identifiers."""

from __future__ import annotations

from uuid_utils import uuid7


def new_id() -> str:
    """Give a UUIDv7 (RFC 9562): time-ordered, so that indexes on it stay dense."""
    return str(uuid7())
