"""Subscriptions on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from alerts.subscriptions.rules import DeliveryState
from alerts.subscriptions.signing import Signature
from contracts.alerts import SubscriptionTested
from contracts.envelope import CloudEvent
from contracts.vocabulary import AlertKind, RiskType, Severity
from servicekit.body import Body, examples

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


class SubscriptionChannel(StrEnum):
    """How a subscriber is reached; all four show the same events."""

    WEBHOOK = "webhook"
    SSE = "sse"
    PULL = "pull"
    KAFKA = "kafka"


class SubscriptionIn(Body):
    """A wish to be told. An empty list means all."""

    model_config = examples(
        {
            "name": "卫健局预警接收 / health department",
            "channel": "webhook",
            "areas": ["990101000000"],
            "risk_types": ["01"],
            "severities": ["RED", "ORANGE"],
            "kinds": [],
            "url": "https://hooks.health.example/bangfu",
        }
    )

    name: str = Field(min_length=1, max_length=100)
    channel: SubscriptionChannel
    areas: list[AreaCode] = Field(default=[], max_length=100, description="subtrees; empty: all areas of the client")
    risk_types: list[RiskType] = []
    severities: list[Severity] = []
    kinds: list[AlertKind] = []
    url: str | None = Field(default=None, max_length=2048, description="webhook only")
    signature: Signature = Field(
        default=Signature.HMAC, description="webhook only: v1, HMAC by a shared secret; v1a, Ed25519 by a key pair"
    )


class SubscriptionPatch(Body):
    """What to change; what is left out stays. An empty list means all, as at creation.

    Made by factories: a default would be told in the API's description, and there is none.
    """

    model_config = examples({"severities": ["RED"], "is_paused": True})

    name: str = Field(default_factory=str, min_length=1, max_length=100)
    areas: list[AreaCode] = Field(
        default_factory=list, max_length=100, description="subtrees; empty: all areas of the client"
    )
    risk_types: list[RiskType] = Field(default_factory=list)
    severities: list[Severity] = Field(default_factory=list)
    kinds: list[AlertKind] = Field(default_factory=list)
    url: str = Field(default_factory=str, max_length=2048, description="webhook only")
    is_paused: bool = Field(
        default_factory=bool, description="webhook only: nothing is sent, what comes waits for 40 days"
    )


class KafkaPlace(BaseModel):
    """Where the same events are on Kafka. The topic carries all areas: the broker's ACL says who may read it."""

    topic: str
    key: str = Field(description="what the message key is")


class SubscriptionOut(BaseModel):
    """A subscription as it stands."""

    id: str
    client_id: str
    name: str
    channel: SubscriptionChannel
    areas: list[str]
    risk_types: list[RiskType]
    severities: list[Severity]
    kinds: list[AlertKind]
    url: str | None
    state: Literal["active", "disabled"]
    signature: Signature
    is_paused: bool = Field(description="by its owner: nothing is sent, what comes waits")
    version: int = Field(description="of what PATCH changes; the ETag says it too")
    disabled_reason: Literal["receiver_gone", "failing_for_5_days", "access_withdrawn"] | None
    failing_since: datetime | None
    paused_until: datetime | None
    previous_secret_valid_until: datetime | None
    created_at: datetime
    feed: str | None = Field(description="where an sse or pull subscriber reads")
    kafka: KafkaPlace | None


class SubscriptionCreated(SubscriptionOut):
    """The subscription with the secret that signs its webhooks: shown now and never again."""

    secret: str | None = Field(description="whsec_...: Standard Webhooks, HMAC-SHA256; webhooks signed by v1 only")
    public_key: str | None = Field(description="whpk_...: Standard Webhooks, Ed25519; webhooks signed by v1a only")


class Created(BaseModel):
    """The id of what was created: all that an idempotent retry needs to find it again."""

    id: str


class Rotated(BaseModel):
    """What a repeated rotation needs: never the secret itself."""

    valid_until: datetime


class SecretRotated(BaseModel):
    """The new secret. Both sign until the old one ends."""

    secret: str | None = Field(description="of v1")
    public_key: str | None = Field(description="of v1a; the private key is shown to nobody")
    previous_secret_valid_until: datetime


class PublicKeys(BaseModel):
    """What verifies a webhook: one key that fits is enough."""

    signature: Signature
    public_keys: list[str] = Field(description="whpk_..., the newest first, two while a rotation lasts; none of v1")


class ReplayIn(Body):
    """From where to send again."""

    after: int = Field(ge=0, le=2**62, description="position in the feed; 0 for everything")


class ReplayOut(BaseModel):
    """How many events wait to be sent (again)."""

    queued: int


class Said(BaseModel):
    """The same in both languages."""

    zh: str
    en: str


class TestSent(BaseModel):
    """How a receiver took a test event."""

    is_taken: bool = Field(description="whether a real event would count as delivered: 2xx and nothing else")
    status: int | None = Field(description="HTTP status; null where none came")
    error: str | None = Field(description="what went wrong, by a stable word; null where the event was taken")
    duration_ms: int
    sent_at: datetime
    said: Said
    event: CloudEvent[SubscriptionTested] = Field(description="what was sent")


class AttemptOut(BaseModel):
    """One attempt to send something to a webhook: no body, no secret, and about nobody."""

    event_id: str = Field(description="the webhook-id; the same at every attempt")
    event_type: str
    position: int | None = Field(description="in the feed; null for a test event")
    attempted_at: datetime
    is_taken: bool
    status: int | None = Field(description="HTTP status; null where none came")
    error: str | None = Field(description="what went wrong, by a stable word; null where the event was taken")
    duration_ms: int
    said: Said


class AttemptPage(BaseModel):
    """A page of attempts, the newest first; `next_cursor` is null on the last one."""

    items: list[AttemptOut]
    next_cursor: str | None
    total: int = Field(description="attempts that the filter leaves; no more than 10,000 are counted")
    is_more: bool = Field(description="there are more than `total`")


class DeliveryOut(BaseModel):
    """A delivery and its last attempt."""

    position: int
    webhook_id: str = Field(description="the event's id; the same at every attempt")
    clue_id: str | None = Field(description="null for an alert about a township")
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None = Field(description="null once it has ended")
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    duration_ms: int | None
    created_at: datetime
