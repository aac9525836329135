"""Events of the gateway: what clients may do. Internal: no name, no key, no secret."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from contracts import topics
from contracts.envelope import EventData
from contracts.vocabulary import Department


class ClientChanged(EventData):
    """What a client may do from now on, in whole. Rights are looked up, never copied: this is where to look."""

    event_type: ClassVar[str] = "bangfu.gateway.client.changed.v1"
    topic: ClassVar[topics.Topic] = topics.CLIENT

    client_id: str
    version: int = Field(ge=1, description="grows with every change of the registration")
    is_active: bool = Field(description="false for one that is disabled or removed")
    scopes: list[str]
    areas: list[str] = Field(description="roots of the subtrees that it may see")
    department: Department | None = None
