"""What the API answers about subscriptions, and a test event."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from bangfu.sdk.models import Answer, Said


class TestData(Answer):
    """What a test says: that it is one, and of which subscription."""

    subscription_id: str
    tested_at: AwareDatetime
    link: str


class TestEvent(Answer):
    """A test that a subscription's owner asked for, as a CloudEvents 1.0 event: no alert, about nobody."""

    specversion: str
    id: str
    source: str
    type: Literal["bangfu.alerts.subscription.tested.v1"]
    subject: str
    time: AwareDatetime
    data: TestData


class TestSent(Answer):
    """How a receiver took a test event."""

    is_taken: bool
    status: int | None = None
    error: str | None = None
    duration_ms: int
    said: Said


class SecretRotated(Answer):
    """A subscription's new secret; both sign until the old one ends."""

    secret: str | None = None
    public_key: str | None = None
    previous_secret_valid_until: AwareDatetime


class WebhookDelivery(Answer):
    """One alert on its way to a webhook."""

    position: int
    webhook_id: str
    state: str
    attempts: int
    last_status: int | None = None
    last_error: str | None = None


class WebhookAttempt(Answer):
    """One attempt to send something to a webhook."""

    event_id: str
    event_type: str
    position: int | None = None
    attempted_at: AwareDatetime
    is_taken: bool
    status: int | None = None
    error: str | None = None
    duration_ms: int
    said: Said


class Subscription(Answer):
    """A subscription; `secret` and `public_key` are there only in the answer that created it."""

    id: str
    name: str
    channel: str
    signature: str = "v1"
    secret: str | None = None
    public_key: str | None = None


class PublicKeys(Answer):
    """What verifies a webhook signed by `v1a`."""

    signature: str
    public_keys: list[str]
