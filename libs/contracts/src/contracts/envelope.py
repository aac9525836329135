"""The CloudEvents 1.0 envelope that every Bangfu event travels in (structured JSON mode).

Source: CloudEvents 1.0.2, JSON event format; partitioning and distributed-tracing extensions.
(`source`, `id`) identifies duplicates.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.topics import Topic


class EventData(BaseModel):
    """Base of every event's `data`: a past-tense fact with a type, a topic and a key.

    Unknown fields are ignored, so that a producer may add fields within a major version.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_type: ClassVar[str]
    topic: ClassVar[Topic]
    is_direct: ClassVar[bool] = False
    """Sent to one receiver alone, in the form of its topic's events, and never on the topic."""

    @property
    def key(self) -> str:
        """Value of the topic's key field: the partition key and the CloudEvents subject."""
        return str(getattr(self, self.topic.key))


DataT = TypeVar("DataT", bound=EventData)


class CloudEvent(BaseModel, Generic[DataT]):
    """A CloudEvents 1.0 event in structured JSON mode."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=64)
    source: str = Field(min_length=1, examples=["/bangfu/registry"])
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str | None = None
    partitionkey: str
    traceparent: str | None = None
    data: DataT


def envelope_of(
    data: DataT, *, event_id: str, source: str, at: datetime, traceparent: str | None = None
) -> CloudEvent[DataT]:
    """Wrap a fact in its envelope."""
    return CloudEvent(
        id=event_id,
        source=source,
        type=data.event_type,
        subject=data.key,
        time=at,
        partitionkey=data.key,
        traceparent=traceparent,
        data=data,
    )
