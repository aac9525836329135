"""Subscriptions and webhook deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from servicekit.tables import Base


class Subscription(Base, table=True):
    """What a subscriber wants and where it goes. `secret` and `previous_secret` are ciphertexts of what signs."""

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    client_id: str
    name: str
    channel: str
    areas: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_lows: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    area_highs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    risk_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    severities: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    url: str | None = None
    state: str
    is_paused: bool = False
    signature: str = "v1"
    version: int = 1
    disabled_reason: str | None = None
    secret: str | None = None
    previous_secret: str | None = None
    previous_valid_until: datetime | None = None
    failing_since: datetime | None = None
    failure_streak: int = 0
    paused_until: datetime | None = None
    created_at: datetime
    updated_at: datetime


class WebhookDelivery(Base, table=True):
    """One alert for one webhook subscription. Ends delivered, exhausted or disabled."""

    __tablename__ = "webhook_delivery"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    subscription_id: str = Field(sa_column=Column(Uuid(as_uuid=False), ForeignKey("subscription.id"), nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    household_id: str
    state: str
    attempts: int = 0
    next_attempt_at: datetime
    lease_id: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False), nullable=True))
    leased_until: datetime | None = None
    last_attempt_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    duration_ms: int | None = None
    created_at: datetime


class WebhookAttempt(Base, table=True):
    """One POST to a webhook; `position` is None for a test event. It outlives the delivery, so it refers to none."""

    __tablename__ = "webhook_attempt"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    subscription_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))
    event_id: str = Field(sa_column=Column(Uuid(as_uuid=False), nullable=False))
    event_type: str
    position: int | None = Field(default=None, sa_column=Column(BigInteger))
    attempted_at: datetime
    status: int | None = None
    error: str | None = None
    duration_ms: int
