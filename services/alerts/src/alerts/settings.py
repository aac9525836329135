"""Settings of the alerts service, read from `ALERTS_*` environment variables."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.settings import KeyId, OtherKeys, ServiceSettings, service_config


class AlertsSettings(ServiceSettings):
    """Everything an operator may set.

    Attributes:
        secret_key: Base64 of the 32 bytes that webhook secrets are encrypted with at rest.
        secret_key_id: Id of this key; only a rotation changes it.
        other_secret_keys: Further keys by id, while a rotation is under way.
        webhook_allow: Hosts (`hooks.health.example`, `*.health.example`) and networks (`10.20.0.0/16`) that
            webhooks may go to, as a JSON list. Nothing else is reachable; embedded mode adds loopback.
        webhook_deny: Networks that stay forbidden whatever the allow-list says: the service's own and the database's.
        webhook_ports: Ports that webhooks may use outside embedded mode.
        webhook_concurrency: Requests under way at a time to one endpoint.
        webhook_total_concurrency: Requests under way at a time to all endpoints together.
        webhook_timeout_s: Longest time of one delivery attempt, from connecting to the status line.
        stream_limit: Open SSE streams a process accepts.
        stream_limit_per_client: Open SSE streams a client may hold in a process.
        stream_max_age_s: Age at which a stream is ended; the reader resumes with Last-Event-ID.
        stream_heartbeat_s: Silence after which a stream sends a comment line.
        directory_patience_s: How long a batch of findings waits for households that this service has not heard of.
        overdue_check_s: Interval between looks at due dates.
    """

    model_config = service_config("ALERTS_")

    KEYS: ClassVar[tuple[str, ...]] = ("secret_key",)

    secret_key: SecretStr
    secret_key_id: KeyId = "k1"  # noqa: S105 - an id, not a key
    other_secret_keys: OtherKeys = {}
    webhook_allow: list[str] = []
    webhook_deny: list[str] = []
    webhook_ports: list[int] = [443, 8443]
    webhook_concurrency: int = Field(default=8, ge=1, le=64)
    webhook_total_concurrency: int = Field(default=256, ge=1)
    webhook_timeout_s: float = Field(default=15.0, gt=0)
    stream_limit: int = Field(default=256, ge=1)
    stream_limit_per_client: int = Field(default=8, ge=1)
    stream_max_age_s: float = Field(default=3600.0, gt=0)
    stream_heartbeat_s: float = Field(default=15.0, gt=0)
    directory_patience_s: float = Field(default=5.0, ge=0)
    overdue_check_s: float = Field(default=30.0, gt=0)
