"""The metadata that all tables of this service share."""

from __future__ import annotations

from sqlmodel import SQLModel

from servicekit.db import service_metadata


class Base(SQLModel):
    """Parent of every table class of alerts."""

    metadata = service_metadata()
