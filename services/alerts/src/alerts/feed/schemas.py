"""The feed on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from contracts.alerts import AlertPublished
from contracts.envelope import CloudEvent


class AlertPage(BaseModel):
    """A stretch of the feed."""

    items: list[CloudEvent[AlertPublished]]
    next_after: int = Field(
        description="give it as `after` of the next call; it also passes over alerts that the filter left out"
    )
