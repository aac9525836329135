"""The registry's own metadata, shared by the table classes of its features."""

from __future__ import annotations

from sqlmodel import SQLModel

from servicekit.db import service_metadata


class Base(SQLModel):
    """Base of every table class of the registry."""

    metadata = service_metadata()
